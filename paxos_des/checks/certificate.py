"""A cheap proof, made as a run goes on, that a client history is linearizable.

An operation's moment is taken to be when any replica first applies it, which lies between its
invocation and its completion; a read under a lease is given the earliest moment between that it
fits. If every result is right in that order, the order proves the history linearizable. If one is
not, nothing is proven, and a search must decide: the proof never says that a history is wrong.

It costs memory for operations that are open, and for the last values of each key.
"""

from array import array
from typing import Any

from paxos_des.checks.models import Deed, Model, Store, deed_of, is_result
from paxos_des.engine.entries import ApplyEntry, CompleteEntry, InvokeEntry
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command

_VERSIONS_MAX = 32
"""Values of a key that are remembered: so many writes may go by while a lease is read under."""


class _Open:
    """An operation that was invoked and is not complete.

    Attributes
    ----------
    floor
        After how many applied commands at the earliest it may have its moment: nobody may come
        before whoever was complete when it was invoked.
    applied
        After how many it has it; 0 while it was not applied.
    """

    __slots__ = ("applied", "command", "deed", "floor", "result")

    def __init__(self, command: Command, deed: Deed, floor: int) -> None:
        self.command = command
        self.deed = deed
        self.floor = floor
        self.applied = 0
        self.result: Any = None


class Certificate:
    """The proof, as far as it goes.

    Attributes
    ----------
    holds
        Whether everything up to now is proven.
    """

    def __init__(self, model: Model) -> None:
        self.holds = True
        self._model = model
        self._store = Store(model)
        self._open: dict[tuple[NodeId, int], _Open] = {}
        self._next_slot = 0
        self._applied = 0
        self._floor = 0
        # By key, what it held from how many applied commands on, oldest first.
        self._versions: dict[str, list[tuple[int, Any]]] = {}
        # Of a list, after how many applied commands each element was there.
        self._appended = array("q")

    def on_invoke(self, entry: InvokeEntry) -> None:
        command = entry.command
        name = (command.client, command.sequence)
        if self.holds and name not in self._open:
            deed = deed_of(self._model, command.operation)
            self._open[name] = _Open(command, deed, self._floor)

    def on_apply(self, entry: ApplyEntry) -> None:
        """Take the first replica's word for what is in a slot; all apply them in order."""
        if not self.holds:
            return
        if entry.slot != self._next_slot:
            # A slot that all replicas skipped leaves the order unknown.
            self.holds = entry.slot < self._next_slot
            return
        self._next_slot += 1
        command = entry.value
        if not isinstance(command, Command):
            return
        it = self._open.get((command.client, command.sequence))
        # What is not open is no client's, or was applied before: it changes nothing. What is
        # another command of that name than was asked for, no history has.
        if it is None or it.applied or it.command.operation != command.operation:
            return
        self._applied += 1
        it.applied = self._applied
        it.result = self._store.do(it.deed)
        if it.deed.kind in ("write", "cas"):
            self._note_version(it.deed.key)
        elif it.deed.kind == "append":
            self._appended.append(self._applied)

    def on_complete(self, entry: CompleteEntry) -> None:
        command = entry.command
        it = self._open.pop((command.client, command.sequence), None)
        if it is None or not self.holds:
            return
        if entry.outcome != "ok":
            # What failed must not have taken effect; what is unknown, stays so.
            self.holds = not (entry.outcome == "fail" and it.applied)
            if entry.outcome != "fail":
                self._open[command.client, command.sequence] = it
            return
        moment: int | None = it.applied
        if not it.applied or not is_result(it.result, entry.result):
            moment = self._moment(it, entry.result)
        if moment is None:
            self.holds = False
        else:
            self._floor = max(self._floor, moment)

    def _moment(self, it: _Open, result: Any) -> int | None:  # noqa: ANN401 - as in an entry
        """Return after how many applied commands at the earliest a read under a lease can have
        been; None if at no time since it was invoked.
        """
        match it.deed.kind:
            case "foreign":
                return it.floor if result is None else None
            case "show" if isinstance(result, tuple | list):
                length = len(result)
                if not is_result(self._store.first(length), result):
                    return None
                since = self._appended[length - 1] if length else 0
                is_last = length == len(self._appended)
                until = self._applied + 1 if is_last else self._appended[length]
                return max(since, it.floor) if until > it.floor else None
            case "read":
                return self._moment_of_value(it, result)
        return None

    def _moment_of_value(self, it: _Open, result: object) -> int | None:
        versions = self._versions.get(it.deed.key) or [(0, None)]
        untils = (*(since for since, _ in versions[1:]), self._applied + 1)
        for (since, value), until in zip(versions, untils, strict=True):
            if until > it.floor and is_result(value, result):
                return max(since, it.floor)
        return None

    def _note_version(self, key: str) -> None:
        versions = self._versions.get(key)
        if versions is None:
            versions = self._versions[key] = [(0, None)]
        versions.append((self._applied, self._store.do(Deed("read", key))))
        if len(versions) > _VERSIONS_MAX:
            del versions[: _VERSIONS_MAX // 2]
