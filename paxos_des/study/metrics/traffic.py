"""What a run takes: messages, and simulated time."""

from collections.abc import Mapping

from paxos_des.run import Run
from paxos_des.study.columns import Cell, Column
from paxos_des.study.metrics.metric import Metric, Observed


class Messages:
    """Counts the messages of Paxos itself: requests, replies and redirects, heartbeats, and what is
    sent to catch up, are left out.

    Of the whole run, whatever the warm-up: what is sent before it is spent on what is chosen after
    it. A message to several counts several times; one that is sent again, again; a copy that the
    network makes, not.
    """

    def __init__(self, observed: Observed) -> None:
        self._observed = observed

    def cells(self, run: Run) -> Mapping[str, Cell]:
        messages, chosen = self._observed.paxos_messages(run), run.stats.chosen
        if messages is None:
            return {}
        return {
            "messages": messages,
            "messages_per_value": messages / chosen if chosen else None,
        }


class End:
    """Takes the time at which the run ended."""

    def __init__(self, observed: Observed) -> None:
        del observed  # the run says it

    def cells(self, run: Run) -> Mapping[str, Cell]:
        return {"simulated_us": run.stats.simulated_us}


MESSAGES = Metric(
    name="messages",
    says="How many messages Paxos takes.",
    columns=(
        Column(
            "messages_per_value",
            "float",
            "all messages per command chosen; one that is chosen twice counts once",
            "messages",
        ),
        Column(
            "messages",
            "int",
            "how many Prepare, Promise, Accept, Accepted and Nack are sent in the whole run",
            "messages",
        ),
    ),
    meter=Messages,
)
END = Metric(
    name="end",
    says="When the run ended.",
    columns=(Column("simulated_us", "int", "the simulated time of the whole run", "µs"),),
    meter=End,
)
