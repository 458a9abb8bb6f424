"""single-server-change: a leader that counts on its own change before anything of it is chosen."""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.protocol.ballot import Slot, Value
from paxos_des.protocol.configurations import Configuration, change_in
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.quorum import Majority
from paxos_des.protocol.stable import Leading, Stable


class ChangesAtOnce(Stable):
    """Lets a change hold from the slot on in which it asks for it, be it chosen or not."""

    __slots__ = ()

    def _ask(self, phase: Leading, slot: Slot, value: Value) -> Effect:
        names, configurations = change_in(value), self.campaign.configurations
        if names and configurations is not None:
            before = [one for one in configurations.in_order if one.start < slot]
            configurations.in_order = [*before, Configuration(slot, names, Majority(len(names)))]
        return super()._ask(phase, slot, value)


SINGLE_SERVER_CHANGE = Exhibit(
    protocol=MULTI_PAXOS.but(
        "single-server-change", leader=partial(Leader.make, stable=ChangesAtOnce)
    ),
    mutation=ChangesAtOnce,
    check="agreement",
    group="reconfiguration",
    source="Raft (Ongaro 2015); copycat 23; braft 182",
    story=(
        "One leader adds a member and another removes one, and each counts its own new majority "
        "before it has had anything chosen. Those two majorities need not meet."
    ),
    settings={
        **ROUGH,
        "phase1": "stable",
        "slots": "unbounded",
        # Ongaro has four servers; of any even number, two are the fewest.
        "acceptors": 2,
        "spares": 1,
        "reconfigure_after": 10,
        "changes": [
            {"at": "0us", "add": "acceptor-2"},
            {"at": "0us", "remove": "acceptor-0"},
        ],
        "clients": 0,
        "values": 0,
        "in_flight": 1,
    },
    within=20,
)
