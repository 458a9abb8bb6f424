"""What clients get: which requests are completed, and how soon they are answered."""

from array import array
from collections.abc import Mapping

from paxos_des.engine.trace import CompleteEntry, InvokeEntry
from paxos_des.protocol.ballot import Command
from paxos_des.run import Run
from paxos_des.study.columns import Cell, Column
from paxos_des.study.metrics.metric import Metric, Observed


class Requests:
    """By request, when it was asked for, and when it was answered; of all but the warm-up's."""

    def __init__(self, observed: Observed) -> None:
        self._warm_up_us = observed.measure.warm_up_us
        self._deadline_us = observed.measure.deadline_us
        self._asked_at_us: dict[Command, int] = {}
        self.asked = 0
        self.replies_us = array("q")
        observers = observed.cluster.trace.observers
        observers.setdefault("invoke", []).append(self._on_invoke)
        observers.setdefault("complete", []).append(self._on_complete)

    def _on_invoke(self, entry: InvokeEntry) -> None:
        if entry.at_us >= self._warm_up_us:
            self.asked += 1
            self._asked_at_us[entry.command] = entry.at_us

    def _on_complete(self, entry: CompleteEntry) -> None:
        asked_at_us = self._asked_at_us.pop(entry.command, None)
        if asked_at_us is not None:
            self.replies_us.append(entry.at_us - asked_at_us)


class Completed(Requests):
    """Counts those that are answered in time."""

    def cells(self, run: Run) -> Mapping[str, Cell]:  # noqa: ARG002 - all was observed
        completed = sum(one <= self._deadline_us for one in self.replies_us)
        return {
            "requests": self.asked,
            "completed": completed,
            "completed_share": completed / self.asked if self.asked else None,
            "all_completed": int(completed == self.asked),
        }


class Replies(Requests):
    """Orders the times to the answer."""

    def cells(self, run: Run) -> Mapping[str, Cell]:  # noqa: ARG002 - likewise
        if not self.replies_us:
            return {}
        ordered = sorted(self.replies_us)
        return {
            "reply_mean_us": sum(ordered) / len(ordered),
            "reply_p50_us": ordered[max(0, -(-50 * len(ordered) // 100) - 1)],
        }


COMPLETED = Metric(
    name="completed",
    says="Which requests are answered before their deadline.",
    columns=(
        Column("requests", "int", "requests invoked after the warm-up", "requests"),
        Column("completed", "int", "those that were answered in time", "requests"),
        Column("completed_share", "float", "the share of those", "share"),
        Column("all_completed", "int", "1 if all were, else 0", "share", "share"),
    ),
    meter=Completed,
)
REPLY = Metric(
    name="reply",
    says="How long after its first request a client has the answer.",
    columns=(
        Column("reply_mean_us", "float", "the mean", "µs"),
        Column("reply_p50_us", "int", "the median", "µs"),
    ),
    meter=Replies,
)
