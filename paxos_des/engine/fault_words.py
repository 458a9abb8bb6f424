"""Faults in words, from the tables that say them: part of a sentence, as said to a colleague."""

from collections.abc import Mapping
from typing import Any

import msgspec

from paxos_des.engine.durations import spaced


def fault_in_words(table: Mapping[str, Any]) -> str:
    """Return what a fault does: "crash acceptor-1 for 30 ms"."""
    deed = next((key for key in table if key in _TEMPLATES), None)
    if deed is None:
        return msgspec.json.encode(dict(table)).decode()
    aim = table[deed]
    words = {key: spaced(value) for key, value in table.items()}
    words["to"] = str(table.get("to"))
    words["types"] = " or ".join(map(str, table.get("types", ())))
    template = _TEMPLATES[deed]
    if deed == "heal" and aim == "all":
        template = "heal everything"
    elif deed == "heal" and not isinstance(aim, str):
        template = "mend the link {aim}"
    elif deed == "partition" and not isinstance(aim, str):
        template = "part {aim}"
    said = template.format_map({**words, "aim": _aim(deed, aim, table)})
    if deed == "rot":
        said += _record(table.get("back", 1))
    when = {"before-durable": " just before its next record is durable",
            "after-durable": " just after its next record is durable"}.get(
                str(table.get("when")), "")  # fmt: skip
    lasting = _FOUND_OUT if deed in ("rot", "misdirect") else " for {}"
    return said + when + (lasting.format(words["for"]) if "for" in table else "")


_FOUND_OUT = ", to be found out by a crash after {}"
_TEMPLATES = {
    "fail": "make {aim} deaf",
    "heal": "heal {aim}",
    "crash": "crash {aim}",
    "restart": "restart {aim}",
    "pause": "pause {aim}",
    "resume": "let {aim} go on",
    "slow": "slow {aim} down by {by} a message",
    "storm": "crash and restart {aim} {times} times, every {every}",
    "cut": "cut the link {aim}",
    "clog": "clog the link {aim} by {by}",
    "hold": "hold back what goes {aim}",
    "release": "release what was held back {aim}",
    "filter": "lose every {types} {aim}",
    "bandwidth": "let a message take {by} on the wire {aim}",
    "flap": "cut and mend the link {aim} {times} times, every {every}",
    "partition": "part the nodes in the shape {aim}",
    "rot": "let {aim}'s disk rot",
    "fsync-fails": "fail {aim}'s next fsync",
    "misdirect": "misdirect {aim}'s next write",
    "slow-disk": "slow {aim}'s disk down by {by}",
    "rate": "let {aim}'s clock run {to} times as fast",
    "step": "set {aim}'s clock by {by}",
}


def _aim(deed: str, aim: object, table: Mapping[str, Any]) -> str:
    if isinstance(aim, str):
        return "the primary" if aim == "primary" else aim
    if not isinstance(aim, list | tuple):
        return str(aim)
    if deed == "partition":
        return " from ".join(
            ", ".join(map(str, group)) if isinstance(group, list | tuple) else str(group)
            for group in aim
        )
    ends = ["the primary" if end == "primary" else str(end) for end in aim]
    if table.get("ways") == "both":
        return f"between {' and '.join(ends)}"
    return f"from {' to '.join(ends)}"


def _record(back: object) -> str:
    return " in the last record" if back == 1 else f" in record {back} from the end"
