"""Decisions in words: what an intervention does, as one says it to a colleague."""

from typing import Any

import msgspec

from paxos_des.engine.choices import Decision, Kind
from paxos_des.engine.fault_words import fault_in_words


def says(decision: Decision) -> str:
    """Return a sentence: "lose the Accept of slot 4, ballot (2, 1) from leader-1 to acceptor-2"."""
    key, answer = decision.key, decision.answer
    what: dict[str, Any] = msgspec.json.decode(key.what)
    again = "" if key.copy == 1 else f" (the {_ordinal(key.copy)} time)"
    if key.kind == "timer":
        return f"let {key.place[0]}'s timer {_timer(what)} fire after {answer} µs{again}"
    if key.kind == "pick":
        return f"let {key.place[0]}'s pump hand over {_picked(answer)}{_after(what)}{again}"
    if key.kind == "nemesis":
        return _fault(what, str(answer))
    source, target = key.place
    template = _ON_LINKS[key.kind] if answer is not False else f"do not {_ON_LINKS[key.kind]}"
    message = f"the {_message(what)} from {source} to {target}{again}"
    return template.format(message=message, answer=answer)


_ON_LINKS: dict[Kind, str] = {
    "drop": "lose {message}",
    "duplicate": "double {message}",
    "delay": "let {message} take {answer} µs",
    "duplicate-delay": "let the double of {message} take {answer} µs",
    "tie": "give {message} rank {answer} among what arrives with it",
    "duplicate-tie": "give the double of {message} rank {answer} among what arrives with it",
}


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
    try:
        table = msgspec.json.decode(answer)
    except msgspec.DecodeError:
        return f"let the nemesis do {answer} {step}"
    return f"let the nemesis, at {table.get('at')}, {fault_in_words(table)} {step}"


def _picked(answer: object) -> str:
    if answer == "nothing":
        return "nothing"
    return _pooled(msgspec.json.decode(str(answer)))


def _after(what: dict[str, Any]) -> str:
    after = what.get("after")
    return f", when {_pooled(after)} has come" if isinstance(after, dict) else ", when none came"


def _pooled(named: dict[str, Any]) -> str:
    return f"the {_message(named.get('message', {}))} from {named.get('from')}"


def _ordinal(number: int) -> str:
    ending = "th"
    if number % 100 not in (11, 12, 13):
        ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
