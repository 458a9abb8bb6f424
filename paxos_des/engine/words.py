"""Decisions in words: what an intervention does, as one says it to a colleague."""

from typing import Any

import msgspec

from paxos_des.engine.choices import Decision, Kind
from paxos_des.engine.durations import exactly, spaced
from paxos_des.engine.fault_words import fault_in_words


def says(decision: Decision) -> str:
    """Return a sentence: "lose the Accept of slot 4, ballot (2, 1) from leader-1 to acceptor-2"."""
    key, answer = decision.key, decision.answer
    what: dict[str, Any] = msgspec.json.decode(key.what)
    again = "" if key.copy == 1 else f" (the {_ordinal(key.copy)} time)"
    if key.kind == "timer":
        return f"let {key.place[0]}'s timer {_timer(what)} fire after {_time(answer)}{again}"
    if key.kind == "pick":
        return f"let {key.place[0]}'s pump hand over {_picked(answer)}{_after(what)}{again}"
    if key.kind in _ON_DISKS:
        sentence = _ON_DISKS[key.kind] if answer else _NOT_ON_DISKS[key.kind]
        asked = f"{_written(what)}{again}"
        took = _time(answer)
        return sentence.format(node=key.place[0], asked=asked, answer=answer, took=took)
    if key.kind in ("nemesis", "fault"):
        said = _fault if key.kind == "nemesis" else _free_fault
        return said(what, str(answer))
    if key.kind == "operation":
        return f"let {key.place[0]}'s request {what.get('sequence')} be {answer}{again}"
    source, target = key.place
    template = _ON_LINKS[key.kind] if answer is not False else f"do not {_ON_LINKS[key.kind]}"
    message = f"the {_message(what)} from {source} to {target}{again}"
    return template.format(message=message, answer=answer, took=_time(answer))


_ON_LINKS: dict[Kind, str] = {
    "drop": "lose {message}",
    "duplicate": "double {message}",
    "delay": "let {message} take {took}",
    "duplicate-delay": "let the double of {message} take {took}",
    "tie": "give {message} rank {answer} among what arrives with it",
    "duplicate-tie": "give the double of {message} rank {answer} among what arrives with it",
}

_ON_DISKS: dict[Kind, str] = {
    "fsync": "let {node}'s fsync of {asked} take {took}",
    "fsync-fails": "let {node}'s fsync of {asked} fail",
    "misdirected": "let {node}'s fsync of {asked} write over what lies {answer} records back",
    "keep": "let {asked} keep {answer} bytes that were on their way to {node}'s disk",
    "rot": "let {asked} leave a byte flipped in {node}'s record {answer} from the last",
}
_NOT_ON_DISKS: dict[Kind, str] = {
    "fsync": _ON_DISKS["fsync"],
    "fsync-fails": "do not let {node}'s fsync of {asked} fail",
    "misdirected": "let {node}'s fsync of {asked} write where it should",
    "keep": "let {asked} keep nothing that was on its way to {node}'s disk",
    "rot": "let {asked} leave all of {node}'s records as they are",
}


def _time(answer: object) -> str:
    return exactly(answer) if isinstance(answer, int) else str(answer)


def _written(what: dict[str, Any]) -> str:
    """Return what an fsync writes, by the first of its records; or the crash."""
    if "crash" in what:
        return "the crash"
    first = what.get("append", what.get("rewrite"))
    named = f"the {_message(first)}" if isinstance(first, dict) and first else "nothing"
    return f"all records anew, from {named}" if "rewrite" in what else named


def message_in_words(what: dict[str, Any]) -> str:
    """Return a message, or a record, by what names it: "Accept of slot 4, ballot (2, 1)"."""
    return _message(what)


def _message(what: dict[str, Any]) -> str:
    fields = [f"{name} {_plain(value)}" for name, value in what.items() if name != "type"]
    kind = what.get("type", "message")
    return f"{kind} of {', '.join(fields)}" if fields else str(kind)


def _plain(value: object) -> str:
    """Return a field's value as people write it: ballots are pairs."""
    if isinstance(value, list):
        return f"({', '.join(map(_plain, value))})"
    return str(value)


def _timer(what: dict[str, Any]) -> str:
    slot = what.get("slot")
    name = str(what.get("name", what))
    return name if slot is None else f"{name} of slot {slot}"


def _fault(what: dict[str, Any], answer: str) -> str:
    if "kind" in what:
        return f"switch {what['kind']} {answer} for the nemesis"
    if "bounded" in what:
        return f"let the nemesis be {answer}"
    step = f"(step {what.get('step')})"
    table = _table(answer)
    if table is None:
        return f"let the nemesis do {answer} {step}"
    return f"let the nemesis, at {spaced(table.get('at'))}, {fault_in_words(table)} {step}"


def _free_fault(what: dict[str, Any], answer: str) -> str:
    table = _table(answer)
    life = f"{what.get('node')}'s life {what['life']}" if "life" in what else None
    if table is None:
        nothing = "let no fault happen" if life is None else f"let {life} go on"
        return nothing if answer == "nothing" else f"let {answer} happen"
    end = "" if life is None else f" (the end of {life})"
    return f"at {spaced(table.get('at'))}, {fault_in_words(table)}{end}"


def _table(answer: str) -> dict[str, Any] | None:
    """Return the table that says a fault; None where it is none."""
    try:
        return msgspec.json.decode(answer, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None


def _picked(answer: object) -> str:
    if answer == "nothing":
        return "nothing"
    try:
        return _pooled(msgspec.json.decode(str(answer)))
    except (msgspec.DecodeError, RecursionError):  # a name that somebody else wrote
        return str(answer)


def _after(what: dict[str, Any]) -> str:
    after = what.get("after")
    return f", when {_pooled(after)} has come" if isinstance(after, dict) else ", when none came"


def _pooled(named: object) -> str:
    message = named.get("message") if isinstance(named, dict) else None
    if not isinstance(named, dict) or not isinstance(message, dict):
        return str(named)
    return f"the {_message(message)} from {named.get('from')}"


def _ordinal(number: int) -> str:
    ending = "th"
    if number % 100 not in (11, 12, 13):
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
