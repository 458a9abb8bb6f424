"""retries-in-a-new-slot: a leader that goes elsewhere with what was refused.

The command may be chosen in both slots. Replicas with sessions take that for what it is, so what
shows is the hole: in 2009 it stood open for 15 s, until the filler came.
"""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Nack
from paxos_des.protocol.per_slot import PerSlot, Preempted


class RetriesInANewSlot(PerSlot):
    """Gives the slot up with its ballot, and takes the next one."""

    __slots__ = ()

    def on_nack(self, nack: Nack) -> list[Effect]:
        effects = super().on_nack(nack)
        if not effects:
            return []
        assert nack.slot is not None, nack
        proposal = self.in_flight.pop(nack.slot)
        assert isinstance(proposal.phase, Preempted), proposal
        return self.propose(proposal.wish) if isinstance(proposal.wish, Command) else []


RETRIES_IN_A_NEW_SLOT = Exhibit(
    protocol=MULTI_PAXOS.but(
        "retries-in-a-new-slot", leader=partial(Leader.make, per_slot=RetriesInANewSlot)
    ),
    mutation=RetriesInANewSlot,
    check="liveness",
    group="leader",
    source="the 2009 program",
    story=(
        "Whoever is refused takes the slot for another's, and goes on in the next one. "
        "The other has died since, and the hole that both leave holds up all that is above it."
    ),
    settings={
        "replica": "kv",
        "slots": "unbounded",
        "values": 6,
        "retry_after": "500ms",
        "fill_after": "15s",
        "faults": [{"at": "8ms", "fail": "leader-1"}],
        "live_within": "5s",
        "horizon": "7s",
    },
    within=5,
    not_pooled="no time is too long in the pool",
)
