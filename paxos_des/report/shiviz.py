r"""A run as a log for ShiViz, which draws logs with vector clocks: https://bestchai.bitbucket.io/shiviz/.

Each event takes two lines: the node and its vector clock, and what happened. ShiViz reads them by
the regular expression

    (?<host>\S*) (?<clock>{.*})\n(?<event>.*)

After Beschastnikh, Wang, Brun, Ernst, "Debugging Distributed Systems" (CACM 2016); vector clocks
after Fidge (1988) and Mattern (1989): a node counts its own events, and takes over, with each
message, what its sender knew.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from paxos_des.engine.durations import exactly
from paxos_des.names import NodeId
from paxos_des.report.happenings import Entry, kind_of, message_in_words, told

PARSER = r"(?<host>\S*) (?<clock>{.*})\n(?<event>.*)"

Clock = dict[NodeId, int]


def shiviz_of(entries: Iterable[Entry]) -> Iterator[str]:
    """Yield the lines of a log for ShiViz, each ended, from a trace's entries.

    Losses are events of their senders: a message that never arrives has no other end.
    """
    clocks: dict[NodeId, Clock] = {}
    sent: dict[Any, Clock] = {}
    for entry in entries:
        event, node = entry.get("event"), _host(entry.get("node"))
        clock = clocks.setdefault(node, {})
        if event in ("deliver", "ignore", "miss"):
            for name, count in sent.get(entry.get("envelope"), {}).items():
                clock[name] = max(clock.get(name, 0), count)
        clock[node] = clock.get(node, 0) + 1
        if event == "send":
            sent[entry.get("envelope")] = dict(clock)
        yield f"{node} {msgspec.json.encode(clock).decode()}\n"
        yield f"{_says(entry)}\n"


def _says(entry: Entry) -> str:
    event, at_us = str(entry.get("event")), entry.get("at_us")
    at = exactly(at_us) if isinstance(at_us, int) else "?"
    if "message" in entry:
        message = entry["message"]
        words = message_in_words(message) if isinstance(message, dict) else kind_of(message)
        preposition = "to" if event in ("send", "drop", "cut") else "from"
        return " ".join(f"{event} {words} {preposition} {entry.get('peer')} at {at}".split())
    return " ".join(f"{event}: {told(entry)} at {at}".split())


def _host(node: object) -> str:
    return "-".join(str(node).split()) or "-"
