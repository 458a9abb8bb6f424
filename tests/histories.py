"""Client histories for the tests of linearizability: made at random, and judged by brute force."""

import json
import random
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from paxos_des.checks.models import Model
from paxos_des.checks.objects import ClientOperation

MODELS: tuple[Model, ...] = ("register", "kv", "list")


class Machine(NamedTuple):
    """A state machine of the tests' own: operations act on one JSON text per key."""

    model: Model
    state: tuple[tuple[str, str], ...] = ()

    @cache  # noqa: B019 - there are few machines that differ
    def do(self, operation: Any) -> tuple[str, "Machine"]:  # noqa: ANN401 - any operation
        """Return the answer as JSON, and the machine after it."""
        verb, *rest = operation
        held = dict(self.state)
        if self.model == "kv":
            if verb not in ("put", "get", "cas", "delete"):
                return "null", self
            key, *rest = rest
        else:
            key = "it"
            allowed = ("append", "read") if self.model == "list" else ("write", "read", "cas")
            if verb not in allowed:
                return "null", self
        now = held.get(key, "[]" if self.model == "list" else "null")
        if verb in ("read", "get"):
            return now, self
        answer = "null"
        if verb == "append":
            elements = [*json.loads(now), rest[0]]
            answer, now = json.dumps(len(elements)), json.dumps(elements)
        elif verb == "cas":
            answer = json.dumps(json.dumps(rest[0]) == now)
            now = json.dumps(rest[1]) if answer == "true" else now
        else:
            now = json.dumps(rest[0]) if rest else "null"
        return answer, Machine(self.model, tuple(sorted({**held, key: now}.items())))


def is_linearizable(operations: Sequence[ClientOperation], model: Model) -> bool:
    """Try all orders, one after another."""
    return _explains(tuple(operations), Machine(model))


def _explains(left: tuple[ClientOperation, ...], machine: Machine) -> bool:
    end = min((one.completed for one in left if one.completed is not None), default=None)
    if end is None:
        return True
    for place, one in enumerate(left):
        if one.invoked > end:
            continue
        answer, after = machine.do(one.operation)
        if one.completed is not None and answer != _text(one.result):
            continue
        if _explains(left[:place] + left[place + 1 :], after):
            return True
    return False


def _text(result: Any) -> str:  # noqa: ANN401 - any result
    return json.dumps(result) if isinstance(result, tuple) else _TEXTS[type(result), result]


_TEXTS = {(type(one), one): json.dumps(one) for one in (None, True, False, *range(20))}


def random_operation(chance: random.Random, model: Model, keys: int, values: int) -> Any:  # noqa: ANN401
    value, other = chance.randrange(values), chance.choice([None, *range(values)])
    if model == "list":
        choices: list[tuple[Any, ...]] = [("append", value), ("read",)]
    elif model == "register":
        choices = [("write", value), ("read",), ("read",), ("cas", other, value)]
    else:
        key = f"k{chance.randrange(keys)}"
        choices = [("put", key, value), ("get", key), ("get", key), ("cas", key, other, value)]
        choices.append(("delete", key))
    foreign = ("put", "x", 1) if model == "register" else ("write", 1)
    return foreign if chance.random() < 0.03 else chance.choice(choices)


def random_history(chance: random.Random, model: Model, size: int) -> list[ClientOperation]:
    """Return a small history that is right, or nearly so."""
    moments = sorted((chance.random() * size, index) for index in range(size))
    spread = chance.choice([0.2, 1.0, 3.0])
    keys, values = chance.choice([1, 2]), chance.choice([1, 2, 4])
    machine = Machine(model)
    ends: list[tuple[float, int, int]] = []
    made: dict[int, Any] = {}
    for moment, index in moments:
        operation = random_operation(chance, model, keys, values)
        ends.append((moment - chance.random() * spread, 0, index))
        ends.append((moment + chance.random() * spread, 1, index))
        answer, after = machine.do(operation)
        is_unknown = chance.random() < 0.2
        if not is_unknown or chance.random() < 0.5:
            machine = after
        made[index] = (operation, None if is_unknown else json.loads(answer), is_unknown)
    place = {(index, end): number for number, (_, end, index) in enumerate(sorted(ends))}
    history = [
        ClientOperation(
            f"client-{index % 3}",
            index,
            operation,
            place[index, 0],
            None if is_unknown else place[index, 1],
            _frozen(result),
        )
        for index, (operation, result, is_unknown) in sorted(made.items())
    ]
    return [_spoilt(chance, one, history) for one in history]


def _spoilt(
    chance: random.Random, one: ClientOperation, history: Sequence[ClientOperation]
) -> ClientOperation:
    """Return the operation, now and then with the result of another."""
    if one.completed is None or chance.random() > 0.15:
        return one
    known = [other for other in history if other.completed is not None]
    alike = [other for other in known if _verb(other) == _verb(one)]
    result = chance.choice(known if chance.random() < 0.2 else alike).result
    return ClientOperation(
        one.client, one.sequence, one.operation, one.invoked, one.completed, result
    )


def _frozen(result: Any) -> Any:  # noqa: ANN401 - any result
    return tuple(map(_frozen, result)) if isinstance(result, list) else result


def _verb(one: ClientOperation) -> Any:  # noqa: ANN401 - any operation's
    return one.operation[0] if isinstance(one.operation, tuple) else None


def busy_history(*, seed: int, size: int, clients: int, keys: int) -> list[ClientOperation]:
    """Return a right history of a key-value store, in which each client always has an operation
    open, and of some the outcome is unknown.
    """
    chance = random.Random(seed)  # noqa: S311 - histories, no secrets
    ready = [0] * clients
    planned: list[tuple[int, int, int, int, int]] = []
    for number in range(size):
        client = min(range(clients), key=lambda one: (ready[one], one))
        begin, lasts = ready[client], chance.randrange(3, 40)
        ready[client] = begin + lasts
        moment = begin + chance.randrange(1, lasts)
        planned.append((moment, number, client, begin, begin + lasts))
    machine: dict[str, int | None] = {}
    history: dict[int, ClientOperation] = {}
    for _, number, client, begin, end in sorted(planned):
        key = f"k{chance.randrange(keys)}"
        now = machine.get(key)
        operation: tuple[Any, ...]
        expected = chance.choice([now, number])
        match chance.randrange(10):
            case 0:
                operation = ("cas", key, expected, number)
            case 1 | 2 | 3 | 4:
                operation = ("put", key, number)
            case _:
                operation = ("get", key)
        result: Any = now if operation[0] == "get" else None
        has_effect = operation[0] == "put"
        if operation[0] == "cas":
            result = has_effect = expected == now
        is_unknown = chance.random() < 0.02
        if has_effect and not (is_unknown and chance.random() < 0.5):
            machine[key] = number
        history[number] = ClientOperation(
            f"client-{client}",
            number,
            operation,
            begin * size + number,
            None if is_unknown else end * size + number,
            None if is_unknown else result,
        )
    return [history[number] for number in range(size)]
