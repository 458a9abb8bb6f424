"""A trace as happenings: each arrival, loss, timer or fault, with what a node made of it.

What pictures are drawn from: one happening is a line of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from paxos_des.engine import words
from paxos_des.engine.durations import exactly
from paxos_des.engine.fault_words import fault_in_words
from paxos_des.errors import shorten
from paxos_des.protocol.ballot import NOOP

Entry = Mapping[str, Any]

_ARRIVALS = ("deliver", "ignore", "miss")
_LOSSES = ("drop", "cut")
_STATES = ("fail", "heal", "crash", "restart", "pause", "resume", "nemesis")
_OUTCOMES = (
    "durable", "adopt", "learn", "apply", "complete", "snapshot", "install", "forget",
    "note",
)  # fmt: skip
_MARKS = {"Promised": "P", "Voted": "V"}
LEGEND = "o sent  * arrived  x lost  P promised  V voted  L learned  A adopted  ! fault  t timer"


@dataclass(slots=True)
class Happening:
    """One line of a picture.

    Attributes
    ----------
    node, peer
        Where it happens, and, of a message, at the other end.
    is_lost
        Of a message: it does not arrive. Then `node` is its sender.
    label, mark
        A word for an arrow; a letter for the node.
    says
        What happened, and what came of it.
    numbers
        Of the trace's entries that it is made of.
    """

    at_us: int
    node: str
    peer: str | None
    label: str
    mark: str
    says: list[str]
    is_lost: bool = False
    numbers: list[int] = field(default_factory=list)

    @property
    def nodes(self) -> tuple[str, ...]:
        return (self.node,) if self.peer is None else (self.node, self.peer)


def happenings(entries: Iterable[Entry]) -> Iterator[Happening]:
    """Yield the happenings of a trace, in order; heartbeats and their timers are left out."""
    sent_us: dict[Any, int] = {}
    last: Happening | None = None
    for entry in entries:
        event = entry.get("event")
        if event == "send":
            sent_us[entry.get("envelope")] = _time(entry)
            continue
        if _is_heartbeat(entry):
            continue
        if event in _OUTCOMES and last is not None and last.node == entry.get("node") and (
            last.at_us == _time(entry) and not last.is_lost
        ):  # fmt: skip
            _add_outcome(last, entry)
            continue
        if last is not None:
            yield last
        last = _begun(entry, sent_us)
    if last is not None:
        yield last


def told(entry: Entry) -> str:
    """Return what an entry says that is about no message."""
    return "; ".join(_begun(entry, {}).says)


def value_in_words(value: object) -> str:
    """Return a value in a few words: a command is its client and what it asks."""
    if value == NOOP:
        return "a no-op"
    if isinstance(value, list) and len(value) == len(("client", "sequence", "operation")):
        client, _, operation = value
        asked = " ".join(map(str, operation)) if isinstance(operation, list) else operation
        return shorten_words(f"{client}'s {asked}")
    return shorten_words(str(value))


def ballot_in_words(ballot: object) -> str:
    if isinstance(ballot, list):
        return f"({', '.join(map(str, ballot))})"
    return str(ballot)


def message_in_words(message: object) -> str:
    """Return a message as its type, its ballot and its slot."""
    if not isinstance(message, Mapping):
        return shorten(message)
    return shorten_words(f"{kind_of(message)} {bearings(message)}".strip())


def bearings(message: object) -> str:
    """Return where a message belongs: its ballot and its slot."""
    words = []
    if not isinstance(message, Mapping):
        return ""
    if "ballot" in message:
        words.append(ballot_in_words(message["ballot"]))
    if "slot" in message:
        words.append(f"slot {shorten(message['slot'])}")
    elif "from_slot" in message:
        words.append(f"from slot {shorten(message['from_slot'])}")
    return " ".join(words)


def kind_of(message: object) -> str:
    kind = message.get("type", "message") if isinstance(message, Mapping) else "message"
    return shorten_words(str(kind))


def shorten_words(words: str) -> str:
    return words if len(words) <= _WORDS_MAX else words[: _WORDS_MAX - 1] + "…"


_WORDS_MAX = 60


def _time(entry: Entry) -> int:
    found = entry.get("at_us")
    return found if isinstance(found, int) else 0


def _is_heartbeat(entry: Entry) -> bool:
    if "message" in entry:
        return kind_of(entry["message"]) == "Heartbeat"
    timer = entry.get("timer")
    return isinstance(timer, Mapping) and timer.get("name") in ("beat", "silence")


def _begun(entry: Entry, sent_us: Mapping[Any, int]) -> Happening:
    event, at_us, node = str(entry.get("event")), _time(entry), str(entry.get("node"))
    found = Happening(at_us, node, None, "", "*", [], numbers=[entry.get("n", -1)])
    if event in _ARRIVALS or event in _LOSSES:
        _message(found, entry, sent_us)
    elif event == "timer":
        timer = entry.get("timer")
        name = timer.get("name", timer) if isinstance(timer, Mapping) else timer
        found.mark, found.says = "t", [f"timer {shorten_words(str(name))}"]
    elif event in _STATES:
        _fault(found, entry, event)
    elif event == "invoke":
        found.mark, found.says = "?", [f"asks for {value_in_words(entry.get('command'))}"]
    elif event == "primary":
        found.mark, found.says = (
            ":",
            [f"takes {shorten_words(str(entry.get('primary')))} for primary"],
        )
    else:
        found.says = []
        _add_outcome(found, entry)
    return found


def _message(found: Happening, entry: Entry, sent_us: Mapping[Any, int]) -> None:
    event, message = str(entry.get("event")), entry.get("message")
    found.peer, found.label = str(entry.get("peer")), kind_of(message)
    says = bearings(message)
    took_us = found.at_us - sent_us.get(entry.get("envelope"), found.at_us)
    if event in _LOSSES:
        found.is_lost = True
        says += " lost" if event == "drop" else " lost: the link is cut"
    elif event != "deliver":
        found.mark = "x"
        says += " meets nobody" if event == "miss" else " is not heard"
    elif took_us:
        says += f" after {exactly(took_us)}"
    found.says = [says.strip()] if says.strip() else []


def _fault(found: Happening, entry: Entry, event: str) -> None:
    found.mark = "!"
    if event != "nemesis":
        found.says = [{"fail": "goes deaf", "heal": "hears again", "crash": "crashes",
                       "restart": "comes back", "pause": "is paused",
                       "resume": "goes on"}[event]]  # fmt: skip
        return
    deed, detail = str(entry.get("deed")), entry.get("detail")
    if isinstance(detail, Mapping) and deed in detail:
        deed = fault_in_words(detail)
    elif detail is not None:
        deed = f"{deed} {shorten(detail)}"
    peer = entry.get("peer")
    found.says = [shorten_words(f"nemesis: {deed}" + (f", to {peer}" if peer else ""))]


def _add_outcome(found: Happening, entry: Entry) -> None:
    """Add what came of it: what a node made durable, adopted, learned, answered."""
    event = entry.get("event")
    found.numbers.append(entry.get("n", -1))
    match event:
        case "durable":
            record = entry.get("record")
            kind = kind_of(record)
            found.mark = _MARKS.get(kind, found.mark)
            found.says.append(_kept(kind, record))
        case "adopt":
            found.mark = "A"
            found.says.append(f"leads {ballot_in_words(entry.get('ballot'))}")
        case "learn":
            found.mark = "L"
            slot = shorten(entry.get("slot"))
            found.says.append(f"learns {value_in_words(entry.get('value'))} in slot {slot}")
        case "note":
            what = entry.get("what")
            noted = words.message_in_words(what) if isinstance(what, dict) else shorten(what)
            found.says.append(shorten_words(f"notes {noted}"))
        case "complete":
            found.says.append(f"has an answer to {value_in_words(entry.get('command'))}")
        case _:
            found.says.append(shorten_words(str(event)))


def _kept(kind: str, record: object) -> str:
    table = record if isinstance(record, Mapping) else {}
    if kind == "Voted":
        return f"votes for {value_in_words(table.get('value'))}"
    return "promises" if kind == "Promised" else f"keeps {message_in_words(record)}"
