"""promise-compares-leader-first: an acceptor to which ballots are (leader, round)."""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT
from paxos_des.protocol.effects import Effect, Send
from paxos_des.protocol.messages import Nack, Prepare


class ComparesLeadersFirst(Acceptor):
    """Promises by (leader, round), and votes by (round, leader)."""

    __slots__ = ()

    def _on_prepare(self, source: NodeId, prepare: Prepare) -> list[Effect]:
        assert prepare.slot is not None, prepare
        ballot, promised = prepare.ballot, self.promised.pop(prepare.slot, NULL_BALLOT)
        if (ballot.leader, ballot.round) < (promised.leader, promised.round):
            effects: list[Effect] = [Send(source, Nack(ballot, promised, slot=prepare.slot))]
        else:
            effects = super()._on_prepare(source, prepare)
        self.promised.setdefault(prepare.slot, promised)  # where it refused, for its vote's sake
        return effects


PROMISE_COMPARES_LEADER_FIRST = Exhibit(
    protocol=MULTI_PAXOS.but(
        "promise-compares-leader-first",
        acceptor=lambda _, settings: ComparesLeadersFirst(settings.leaders),
    ),
    mutation=ComparesLeadersFirst,
    check="agreement",
    group="acceptor",
    least=19,
    source="the 2009 program",
    story=(
        "A ballot is written as a pair in the wrong order, and compared as a pair. "
        "The higher leader's low ballot is then taken for higher than the other's next one."
    ),
    settings={
        "delay": "bimodal 1ms 20ms 0.3",
        "drop": 0.2,
        "resend_after": "20ms",
        "backoff_min": "1ms",
        "backoff_max": "10ms",
    },
)
