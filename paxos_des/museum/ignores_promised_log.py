"""ignores-promised-log: a new stable leader that begins at its own next slot, unread."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.stable import Preparing, Stable


class IgnoresPromisedLog(Stable):
    """Counts the promises, and leaves unopened what came with them."""

    __slots__ = ()

    def _lead(self, preparing: Preparing) -> list[Effect]:
        unread = Preparing(
            preparing.ballot, preparing.from_slot, dict.fromkeys(preparing.promises, ())
        )
        return super()._lead(unread)


IGNORES_PROMISED_LOG = Exhibit(
    protocol=MULTI_PAXOS.but(
        "ignores-promised-log", leader=partial(Leader.make, stable=IgnoresPromisedLog)
    ),
    mutation=IgnoresPromisedLog,
    check="agreement",
    group="leader",
    source="happy-simulator's Multi-Paxos, whose new leader ignores the votes in promises",
    story=(
        "Phase 1 is taken for an election, and an election has a winner and no log. "
        "The winner writes over the slots that the former leader filled, and it never heard of."
    ),
    settings={**ROUGH, "phase1": "stable"},
    within=20,
)
