"""last-promise-only: a leader that looks at the votes in one promise, that which came last."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Value, Vote
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.per_slot import PerSlot
from paxos_des.protocol.proposing import safe_value


class LastPromiseOnly(PerSlot):
    """Takes the promise that completes the quorum for the quorum."""

    __slots__ = ()

    def _voted(self, promises: dict[NodeId, tuple[Vote, ...]]) -> Value | None:
        *_, last = promises.values()
        return safe_value(last)


LAST_PROMISE_ONLY = Exhibit(
    protocol=MULTI_PAXOS.but(
        "last-promise-only", leader=partial(Leader.make, per_slot=LastPromiseOnly)
    ),
    mutation=LastPromiseOnly,
    check="agreement",
    group="leader",
    least=18,
    source="the 2009 program",
    story=(
        "Promises are counted as they come, and the message at hand when there are enough is the "
        "only one that is read. The acceptor that voted has answered first, and is not heard."
    ),
    settings=ROUGH,
    within=50,
)
