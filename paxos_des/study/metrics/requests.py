"""What clients get: which requests are completed, and how soon they are answered.

A request is what a client asks for once, however often it has to ask: a command, or, from whoever
operates the cluster, a change of its acceptors. Its times run from its first asking.
"""

from array import array
from collections.abc import Mapping

from paxos_des.cluster.registry import protocol_named
from paxos_des.engine.entries import CompleteEntry, InvokeEntry
from paxos_des.protocol.ballot import Command
from paxos_des.run import Run
from paxos_des.study.columns import Cell, Column
from paxos_des.study.metrics.metric import Metric, Observed
from paxos_des.study.metrics.quantiles import quantile_cells, quantile_columns


class Requests:
    """Notes when requests are made, chosen and answered. One observer for all that need it: each
    call costs as much as what it does.

    Attributes
    ----------
    open_us
        When those were made that are not answered; without the warm-up's.
    asked_us, replies_us
        Of those that are answered, in the order of the answers: when they were made, and how long
        the answer took; without the warm-up's.
    chosen_us
        When commands are chosen, in order; the warm-up's too.
    choose_us
        Of those that are, in order: how long it took from the request; without the warm-up's.
    answered
        How many are answered, the warm-up's among them.
    last_us
        When the last of the answers came.
    """

    def __init__(self, observed: Observed) -> None:
        scenario = observed.scenario
        self._warm_up_us = observed.measure.warm_up_us
        self._wanted = scenario.requests
        self._are_paxos_clients = protocol_named(scenario.protocol).client is None
        self.open_us: dict[Command, int] = {}
        self.asked_us = array("q")
        self.replies_us = array("q")
        self.chosen_us = array("q")
        self.choose_us = array("q")
        self.answered = 0
        self.last_us = 0
        observed.votes.on_chosen.append(self._on_chosen)
        observed.on_event("invoke", self._on_invoke)
        observed.on_event("complete", self._on_complete)

    @property
    def are_all_answered(self) -> bool:
        """Whether all is answered that the scenario asks for."""
        return self.answered >= self._wanted

    @property
    def can_be_answered(self) -> bool:
        """Whether anything says that clients hear answers: not all other protocols' do."""
        return self._are_paxos_clients or self.answered > 0

    def served_until(self, run: Run) -> int:
        """Return up to when somebody waited for something: to the end of the run, or, where all
        was answered, to the last answer (where clients hear none: all was chosen, to the last
        choice). What a run does after that (it settles, or goes on to its horizon) says nothing of
        service: nobody asks for any.
        """
        if self.are_all_answered:
            return self.last_us
        if not self.can_be_answered and len(self.chosen_us) >= self._wanted:
            return self.chosen_us[-1]
        return run.stats.simulated_us

    def _on_invoke(self, entry: InvokeEntry) -> None:
        if entry.at_us >= self._warm_up_us:
            self.open_us[entry.command] = entry.at_us

    def _on_chosen(self, command: Command, at_us: int) -> None:
        self.chosen_us.append(at_us)
        asked_at_us = self.open_us.get(command)
        if asked_at_us is not None:
            self.choose_us.append(at_us - asked_at_us)

    def _on_complete(self, entry: CompleteEntry) -> None:
        self.answered += 1
        self.last_us = at_us = entry.at_us
        asked_at_us = self.open_us.pop(entry.command, None)
        if asked_at_us is not None:
            self.asked_us.append(asked_at_us)
            self.replies_us.append(at_us - asked_at_us)


class Completed:
    """Counts the requests that are answered in time.

    A request can be judged if its deadline is over when the run is. Where a run ends, at its
    horizon, before all is answered, only requests are counted that were made early enough, whether
    they are answered or not: of the later ones those that were answered would be known, and those
    that were not would not, and to count the former alone would flatter. So a horizon has to lie
    beyond the warm-up and the deadline; else such a run has no requests. In a run in which all was
    answered nothing is left out.
    """

    def __init__(self, observed: Observed) -> None:
        self._deadline_us = observed.measure.deadline_us
        self._requests = observed.shared(Requests)

    def cells(self, run: Run) -> Mapping[str, Cell]:
        requests = self._requests
        if not requests.can_be_answered:
            return {}
        last_us = run.stats.simulated_us
        if not requests.are_all_answered:
            last_us -= self._deadline_us
        replies_us = [
            reply_us
            for asked_us, reply_us in zip(requests.asked_us, requests.replies_us, strict=True)
            if asked_us <= last_us
        ]
        unanswered = sum(asked_us <= last_us for asked_us in requests.open_us.values())
        asked = len(replies_us) + unanswered
        completed = sum(reply_us <= self._deadline_us for reply_us in replies_us)
        return {
            "requests": asked,
            "completed": completed,
            "completed_share": completed / asked if asked else None,
            "all_completed": int(completed == asked) if asked else None,
        }


class ReplyQuantiles:
    """Orders the times to the answer."""

    def __init__(self, observed: Observed) -> None:
        self._requests = observed.shared(Requests)

    def cells(self, run: Run) -> Mapping[str, Cell]:  # noqa: ARG002 - all was observed
        return quantile_cells("reply", self._requests.replies_us)


class Replies:
    """Keeps the times to the answer."""

    def __init__(self, observed: Observed) -> None:
        self._requests = observed.shared(Requests)

    def cells(self, run: Run) -> Mapping[str, Cell]:  # noqa: ARG002 - likewise
        if not self._requests.can_be_answered:
            return {}
        return {"reply_us": tuple(self._requests.replies_us)}


COMPLETED = Metric(
    name="completed",
    says="Which requests are answered before their deadline.",
    columns=(
        Column(
            "requests",
            "int",
            "requests made after the warm-up and, if not all were answered, at least the deadline "
            "before the end",
            "requests",
        ),
        Column("completed", "int", "those of them that were answered in time", "requests"),
        Column("completed_share", "float", "the share of those", "share"),
        Column("all_completed", "int", "1 if all of them were, else 0", "share", "share"),
    ),
    meter=Completed,
)
REPLY = Metric(
    name="reply",
    says="How long after its first request a client has the answer: of answered requests alone, so "
    "that it says little where `completed_share` is low.",
    columns=quantile_columns("reply", "the times from a request to its answer, where it came"),
    meter=ReplyQuantiles,
)
REPLIES = Metric(
    name="replies",
    says="All those times: to be pooled over runs, as no run's own quantiles can be.",
    columns=(
        Column("reply_us", "ints", "every time to an answer, in the order of the answers", "µs"),
    ),
    meter=Replies,
)
