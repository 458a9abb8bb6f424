"""Sequential models: what an operation does to a register, a key-value store or a list.

They stand apart from the state machines that replicas run: a check that shared their code would
share their mistakes. A key-value store is a register for each key, and a history is linearizable
exactly when its part on each key is (Herlihy and Wing 1990, *locality*); so there are but two
kinds of object, a register and an append-only list.
"""

from typing import Any, Literal, NamedTuple

import msgspec

from paxos_des.protocol.ballot import Operation

Model = Literal["kv", "register", "list"]
"""What the replicas hold, as the checks understand it."""

encode = msgspec.json.Encoder().encode
"""Two values are the same when their JSON is: true is not 1."""


class Deed(NamedTuple):
    """What an operation does to one object.

    Attributes
    ----------
    kind
        `show` reads a list; `foreign` is what the model does not know: it answers None and
        changes nothing.
    key
        Of the object; "" where there is but one.
    value
        What is written or appended.
    old
        What a `cas` must find.
    """

    kind: Literal["read", "write", "cas", "append", "show", "foreign"]
    key: str = ""
    value: Any = None
    old: Any = None


FOREIGN = Deed("foreign")


def deed_of(model: Model, operation: Operation) -> Deed:
    """Return what an operation does; anything that a trace may hold is an operation."""
    if not isinstance(operation, tuple | list) or not operation:
        return FOREIGN
    match model:
        case "kv":
            return _deed_on_key(*operation)
        case "register":
            return _deed_on_register(*operation)
        case "list":
            return _deed_on_list(*operation)


def _deed_on_key(verb: Any, key: Any = None, *rest: Any) -> Deed:  # noqa: ANN401 - any operation's
    if type(key) is not str:
        return FOREIGN
    match verb, *rest:
        case ("put", value):
            return Deed("write", key, value)
        case ("get",):
            return Deed("read", key)
        case ("cas", old, new):
            return Deed("cas", key, new, old)
        case ("delete",):
            return Deed("write", key, None)
    return FOREIGN


def _deed_on_register(*operation: Any) -> Deed:  # noqa: ANN401 - any operation
    match operation:
        case ("write", value):
            return Deed("write", "", value)
        case ("read",):
            return Deed("read")
        case ("cas", old, new):
            return Deed("cas", "", new, old)
    return FOREIGN


def _deed_on_list(*operation: Any) -> Deed:  # noqa: ANN401 - any operation
    match operation:
        case ("append", value):
            return Deed("append", "", value)
        case ("read",):
            return Deed("show")
    return FOREIGN


class Store:
    """Objects of one model, to which deeds are done one after another."""

    def __init__(self, model: Model) -> None:
        self._values: dict[str, Any] = {}
        self._list: list[Any] | None = [] if model == "list" else None

    def do(self, deed: Deed) -> Operation:
        """Do a deed, and return what is to be answered."""
        kind, key, value, old = deed
        if self._list is not None:
            if kind == "append":
                self._list.append(value)
                return len(self._list)
            return tuple(self._list) if kind == "show" else None
        if kind == "read":
            return self._values.get(key)
        if kind == "cas":
            if not is_result(self._values.get(key), old):
                return False
            self._values[key] = value
            return True
        if kind == "write":
            self._values[key] = value
        return None

    def first(self, length: int) -> Operation:
        """Return the first elements of the list."""
        return tuple((self._list or [])[:length])


def is_result(one: object, other: object) -> bool:
    """Whether two results are the same JSON, be it in tuples or in lists."""
    return one is other or encode(one) == encode(other)
