"""reports-promised-ballot: an acceptor whose vote is reported as of the ballot it promised."""

import msgspec

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import THREE, Exhibit
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Effect, Send
from paxos_des.protocol.messages import Prepare, Promise


class ReportsPromisedBallot(Acceptor):
    """Has one variable for the ballot that it promised and the ballot that it voted in."""

    __slots__ = ()

    def _on_prepare(self, source: NodeId, prepare: Prepare) -> list[Effect]:
        assert prepare.slot is not None, prepare
        promised = self._binding(prepare.slot)
        *before, answer = super()._on_prepare(source, prepare)
        if isinstance(answer, Send) and isinstance(answer.message, Promise):
            replace = msgspec.structs.replace
            votes = tuple(replace(vote, ballot=promised) for vote in answer.message.votes)
            answer = Send(source, replace(answer.message, votes=votes))
        return [*before, answer]


REPORTS_PROMISED_BALLOT = Exhibit(
    protocol=MULTI_PAXOS.but(
        "reports-promised-ballot",
        acceptor=lambda _, settings: ReportsPromisedBallot(settings.leaders),
    ),
    mutation=ReportsPromisedBallot,
    check="agreement",
    group="acceptor",
    least=25,
    source="EPaxos's single ballot variable (Sutra 2019); the 2009 program",
    story=(
        "A promise overwrites the ballot of an older vote, which then looks as if it were of the "
        "ballot just promised. It beats the votes that were really cast there."
    ),
    settings={**THREE, "backoff_min": "20ms", "backoff_max": "60ms"},
    within=50,
)
