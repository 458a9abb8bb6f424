"""own-value: a leader that proposes what it likes, whatever votes were reported."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Value, Vote
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.per_slot import PerSlot


class OwnValue(PerSlot):
    """No promise binds it: PMS 2.2, P2c, is gone."""

    __slots__ = ()

    def _voted(self, promises: dict[NodeId, tuple[Vote, ...]]) -> Value | None:  # noqa: ARG002
        return None


OWN_VALUE = Exhibit(
    protocol=MULTI_PAXOS.but("own-value", leader=partial(Leader.make, per_slot=OwnValue)),
    mutation=OwnValue,
    check="agreement",
    group="leader",
    least=18,
    source="classic",
    story=(
        "Phase 1 is taken for a lock: whoever holds the promises may write. "
        "What an earlier ballot had chosen by then is overwritten."
    ),
    within=100,
)
