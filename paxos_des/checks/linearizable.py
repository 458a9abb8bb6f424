"""The check of linearizability: what clients were told can be put into one right order."""

from typing import ClassVar, Literal

from paxos_des.checks.certificate import Certificate
from paxos_des.checks.history import STEPS_MAX, Judgement, judge_history
from paxos_des.checks.models import Model
from paxos_des.checks.objects import ClientOperation
from paxos_des.checks.verdict import Check, Observers, Verdict
from paxos_des.engine.entries import CompleteEntry, InvokeEntry
from paxos_des.names import NodeId

Replica = Literal["none"] | Model
"""What the replicas hold; with "none", no client is told any result."""

HISTORY_MAX = 50_000
"""Operations that are kept for a search. Of a longer history, only the certificate is left."""


class _Kept:
    """An operation and its entries."""

    __slots__ = ("complete", "invoke")

    def __init__(self, invoke: InvokeEntry) -> None:
        self.invoke = invoke
        self.complete: CompleteEntry | None = None


class Linearizability(Check):
    """There is one order of all operations, each between its invocation and its completion, in
    which every result is right.

    Herlihy and Wing 1990. A certificate is made as the run goes on. Only where it does not hold
    in the end, the history is searched: so what is violated shows at the end of the run. If it
    was longer than is kept, or the search runs out of steps, the verdict is `unknown`.

    Parameters
    ----------
    replica
        What the results are to be right for; with "none", there is nothing to check.
    history_max, steps_max
        How many operations are kept, and how many steps a search may take.
    """

    name: ClassVar[str] = "linearizability"

    def __init__(
        self, replica: Replica, *, history_max: int = HISTORY_MAX, steps_max: int = STEPS_MAX
    ) -> None:
        self._model: Model | None = None if replica == "none" else replica
        self._certificate = None if replica == "none" else Certificate(replica)
        self._history: list[_Kept] | None = []
        self._open: dict[tuple[NodeId, int], _Kept] = {}
        self._history_max = history_max
        self._steps_max = steps_max
        self._judgement: Judgement | None = None

    def observers(self) -> Observers:
        if self._certificate is None:
            return {}
        return {
            "invoke": self._on_invoke,
            "apply": self._certificate.on_apply,
            "complete": self._on_complete,
        }

    def conclude(self) -> None:
        """Search the history, unless the certificate holds. Called when the record is at its end,
        and perhaps again.
        """
        if self._certificate is None or self._certificate.holds or self._judgement is not None:
            return
        if self._history is None or self._model is None:
            self._judgement = Judgement("unknown", (), "", 0)
            return
        kept = [
            one for one in self._history if one.complete is None or one.complete.outcome != "fail"
        ]
        operations = [_operation(one) for one in kept]
        self._judgement = judge_history(operations, self._model, steps_max=self._steps_max)
        if self._judgement.verdict == "violated":
            core = [kept[place] for place in self._judgement.core]
            completes = [one.complete for one in core if one.complete is not None]
            numbers = (*(one.invoke.n for one in core), *(one.n for one in completes))
            at_us = max(one.at_us for one in completes)
            self.violate(at_us, self._judgement.what, *numbers)

    @property
    def verdict(self) -> Verdict:
        self.conclude()
        return "ok" if self._judgement is None else self._judgement.verdict

    def _on_invoke(self, entry: InvokeEntry) -> None:
        key = (entry.command.client, entry.command.sequence)
        if key in self._open:
            return  # asked again: the first time is what counts
        assert self._certificate is not None
        self._certificate.on_invoke(entry)
        if self._history is None:
            return
        if len(self._history) >= self._history_max:
            self._history = None
            self._open.clear()
            return
        kept = self._open[key] = _Kept(entry)
        self._history.append(kept)

    def _on_complete(self, entry: CompleteEntry) -> None:
        assert self._certificate is not None
        self._certificate.on_complete(entry)
        if entry.outcome in ("ok", "fail"):
            kept = self._open.pop((entry.command.client, entry.command.sequence), None)
            if kept is not None:
                kept.complete = entry


def _operation(kept: _Kept) -> ClientOperation:
    command, complete = kept.invoke.command, kept.complete
    return ClientOperation(
        command.client,
        command.sequence,
        command.operation,
        kept.invoke.n,
        None if complete is None else complete.n,
        None if complete is None else complete.result,
    )
