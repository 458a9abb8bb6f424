"""What is chosen, and when: the first command, how soon each is, and in how much of the time any.

A command is chosen by the vote that completes a quorum in one ballot, when that vote is durable;
nobody knows it yet. It counts once, when it is first chosen; no-ops do not count.
"""

from collections.abc import Mapping

from paxos_des.run import Run
from paxos_des.study.columns import Cell, Column
from paxos_des.study.metrics.metric import Metric, Observed
from paxos_des.study.metrics.quantiles import quantile_cells, quantile_columns
from paxos_des.study.metrics.requests import Requests


class First:
    """Takes the first time."""

    def __init__(self, observed: Observed) -> None:
        self._requests = observed.shared(Requests)

    def cells(self, run: Run) -> Mapping[str, Cell]:  # noqa: ARG002 - all was observed
        chosen_us = self._requests.chosen_us
        return {"first_value_us": chosen_us[0]} if chosen_us else {}


class Choose:
    """Orders the times from requests until they are chosen."""

    def __init__(self, observed: Observed) -> None:
        self._requests = observed.shared(Requests)

    def cells(self, run: Run) -> Mapping[str, Cell]:  # noqa: ARG002 - likewise
        return quantile_cells("choose", self._requests.choose_us)


class Available:
    """Counts windows of time, and those in which something is chosen.

    Windows follow each other from the warm-up on; the last one is whole. They end where nobody
    waits for anything any more: see `Requests.served_until`. A window in which clients think, and
    so nothing is asked for, counts against the cluster: windows have to be long compared with
    pauses between requests. Reads under a lease choose nothing.
    """

    def __init__(self, observed: Observed) -> None:
        self._warm_up_us = observed.measure.warm_up_us
        self._window_us = observed.measure.window_us
        self._is_paxos = observed.is_paxos
        self._requests = observed.shared(Requests)

    def cells(self, run: Run) -> Mapping[str, Cell]:
        if not self._is_paxos:
            return {}
        start_us, window_us = self._warm_up_us, self._window_us
        windows = max(0, (self._requests.served_until(run) - start_us) // window_us)
        busy = {(at_us - start_us) // window_us for at_us in self._requests.chosen_us}
        return {
            "windows": windows,
            "available_share": sum(0 <= one < windows for one in busy) / windows
            if windows
            else None,
        }


FIRST = Metric(
    name="first",
    says="When the first command is chosen.",
    columns=(
        Column(
            "first_value_us",
            "int",
            "from the start, whatever the warm-up, to the first command chosen",
            "µs",
        ),
    ),
    meter=First,
)
CHOOSE = Metric(
    name="choose",
    says="How long after its first request a command is chosen: of chosen commands alone.",
    columns=quantile_columns("choose", "the times from a request until it is chosen, where it is"),
    meter=Choose,
)
AVAILABLE = Metric(
    name="available",
    says="In how much of the time the cluster gets something done.",
    columns=(
        Column(
            "windows",
            "int",
            "whole windows from the warm-up to the end, or to the last answer if all came",
            "windows",
        ),
        Column("available_share", "float", "the share in which a command is chosen", "share"),
    ),
    meter=Available,
)
