"""Failure files as slips, bad disks and ill will make them: the same ones for the same number."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any

import msgspec

from paxos_des.engine.dice import Dice

Table = dict[str, Any]

TOKENS = (
    b"", b"0", b"-1", b"1e9", b"1e999", b"99999999999999999999", b"null", b"true", b'"x"', b"[",
    b"]", b"{", b"}", b",", b":", b"\n", b"\0", b"\xff", b"NaN", b"\\ud800", b"[" * 3000,
)  # fmt: skip

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 7, 10**9, 2**53, 2**63, 10**30, -(10**18), 0.5, 1e300, "", "x",
    "nothing", "multi-paxos", "leader-0", "leader-9", "acceptor-0", "client-0", "nemesis", "1us",
    "0us", "3650d", "86400s", "999999999s", "\x1b[2J", "\x00", "é" * 300, "x" * 100_000, "never",
    "all", "on", "__import__('os').system('true')", "../../etc/passwd", [], {}, [[]], [0] * 1000,
    {"type": "Accept"}, {"kind": "rot"}, {"step": 0}, {"file": "/etc/passwd", "kind": "samples"},
    '{"at":"0ms","crash":"acceptor-0"}', '{"at":"1ms","partition":"quorum-loss","for":"2s"}',
    '{"at":"0us","storm":"acceptor-*","times":1000,"every":"2us"}', "get k1", "put k0", "ok",
)  # fmt: skip

SIZES: dict[str, Sequence[Any]] = {
    "acceptors": (1, 2, 4, 1000, 10**9), "leaders": (1, 3, 100, 10**9), "spares": (1, 1000),
    "clients": (0, 1, 1000, 10**9), "values": (0, 1, 5000, 10**5, 10**7), "keys": (1, 1000),
    "in_flight": (1, "all", 10**7), "horizon": ("1us", "600s", "315360000s"),
    "heartbeats": ("on",), "heartbeat_every": ("1us", "10us"), "heartbeat_timeout": ("1us",),
    "resend_after": ("1us",), "retry_after": ("1us",), "backoff_min": ("0us", "1us"),
    "backoff_max": ("1us",), "every_min": ("1us",), "every_max": ("1us",), "arrivals": ("open",),
    "delay": ("0us", "315360000s", "uniform 0us 315360000s"), "same_city": ("0us",),
    "stop_when": ("horizon",), "settle": ("315360000s",), "catch_up_every": ("1us",),
    "catch_up_batch": (10**6,), "snapshot_every": (1,), "fill_after": ("1us",),
    "window": (1, 10**7),
    "pump": ("adversarial",), "pump_wait": ("1us",), "pump_nothing": (0.999999,), "drop": (1, 0.5),
    "duplicate": (1, 0.9), "failed_acceptors": (1, 2, 3), "slots": (1, 10**7),
    "phase1": ("stable",),
    "replica": ("kv", "list"), "disks": ("on",), "fsync": ("0us", "315360000s"),
    "reads": ("lease",),
    "nemesis": ({"every": "1us", "until": "1s"}, {"every": "1ms", "until": "100000s"},
                {"every": "1ms", "until": "300ms", "bounded": "no"}),
    "live_within": ("1us", "100s"), "primaries": ("all", "none"),
    "protocol": ("multi-paxos", "accept-below-promise", "os", "x" * 200),
}  # fmt: skip


def fuzzed(content: bytes, number: int) -> bytes:
    """Return what the `number`-th mishap makes of a failure file."""
    dice = Dice(number, "hostile")
    if dice.one_in(3):
        return _damaged(content, dice)
    document = msgspec.json.decode(content)
    for _ in range(1 + dice.below(3)):
        dice.one_of(_EDITS)(document, dice)
    return msgspec.json.encode(document)


def _damaged(content: bytes, dice: Dice) -> bytes:
    for _ in range(1 + dice.below(3)):
        place, length = dice.below(len(content) + 1), dice.below(30)
        match dice.below(5):
            case 0:
                return content[:place]
            case 1:
                content = content[:place] + content[place + length :]
            case 2:
                content = content[:place] + dice.one_of(TOKENS) + content[place:]
            case 3:
                byte = bytes([dice.below(256)])
                content = content[:place] + byte + content[place + 1 :]
            case _:
                there = dice.below(len(content) + 1)
                content = content[:place] + content[there : there + length] + content[place:]
    return content


def _places(document: Table) -> list[tuple[Any, Any]]:
    """Return every place in a document: what holds it, and under which key or number."""
    found: list[tuple[Any, Any]] = []
    todo: list[Any] = [document]
    while todo:
        inner = todo.pop()
        keys = list(inner) if isinstance(inner, dict) else list(range(len(inner)))
        found += ((inner, key) for key in keys)
        todo += (inner[key] for key in keys if isinstance(inner[key], dict | list))
    return found


def _replace(document: Table, dice: Dice) -> None:
    holder, key = dice.one_of(_places(document))
    holder[key] = deepcopy(dice.one_of(VALUES))


def _remove(document: Table, dice: Dice) -> None:
    holder, key = dice.one_of(_places(document))
    del holder[key]


def _swap(document: Table, dice: Dice) -> None:
    places = _places(document)
    (one, key), (other, there) = dice.one_of(places), dice.one_of(places)
    one[key], other[there] = deepcopy(other[there]), deepcopy(one[key])


def _retype(document: Table, dice: Dice) -> None:
    holder, key = dice.one_of(_places(document))
    found = holder[key]
    holder[key] = dice.one_of((str(found), [found], {"x": found}, bool(found), len(str(found))))


def _scale(document: Table, dice: Dice) -> None:
    numbers = [(holder, key) for holder, key in _places(document) if type(holder[key]) is int]
    if numbers:
        holder, key = dice.one_of(numbers)
        holder[key] *= dice.one_of((-1, 2, 10, 10**6, 10**12))


def _repeat(document: Table, dice: Dice) -> None:
    lists = [holder[key] for holder, key in _places(document) if isinstance(holder[key], list)]
    if lists:
        found = dice.one_of(lists)
        if found:
            found.insert(dice.below(len(found) + 1), deepcopy(dice.one_of(found)))


def _rename(document: Table, dice: Dice) -> None:
    tables = [(holder, key) for holder, key in _places(document) if isinstance(holder, dict)]
    holder, key = dice.one_of(tables)
    names = ("x", "", "kind", "type", "copy", f"{key}_us", *holder)
    holder[dice.one_of(names)] = holder.pop(key)


def _resize(document: Table, dice: Dice) -> None:
    scenario = document.get("scenario")
    if isinstance(scenario, dict):
        for _ in range(1 + dice.below(4)):
            key = dice.one_of(tuple(SIZES))
            scenario[key] = deepcopy(dice.one_of(SIZES[key]))
            if key == "protocol" and dice.one_in(2):
                document["protocol"] = scenario[key]


_EDITS: tuple[Callable[[Table, Dice], None], ...] = (
    _replace, _replace, _remove, _swap, _retype, _scale, _repeat, _rename, _resize, _resize,
)  # fmt: skip
