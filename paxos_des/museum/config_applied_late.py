"""config-applied-late: a change that takes effect where each node is when it hears of it."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import REPLACED, Exhibit
from paxos_des.protocol.ballot import Slot
from paxos_des.protocol.configurations import Configuration, Configurations
from paxos_des.protocol.leader import Leader


class AsItComes(Configurations):
    """Has the last set that it knows of decide whatever slot it is asked about."""

    __slots__ = ()

    def at(self, slot: Slot) -> Configuration:
        assert slot < self.end
        return self.now


CONFIG_APPLIED_LATE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "config-applied-late", leader=partial(Leader.make, configurations=AsItComes)
    ),
    mutation=AsItComes,
    check="agreement",
    group="reconfiguration",
    source="etcd 5004, 7625",
    story=(
        "Slots are in flight when a change is applied, and it is applied at another time "
        "on each node. One counts the votes of the old set for a slot for which another asks the "
        "new set."
    ),
    settings=REPLACED,
    within=10,
)
