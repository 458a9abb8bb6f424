"""keeps-first-ballot: an acceptor that writes a vote down only where the value is another.

Harm needs four ballots in a row, each read in part by the next: two leaders get there rarely.
"""

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import Record, Voted


class KeepsFirstBallot(Acceptor):
    """Is bound by its vote, and reports it as of the ballot in which it first had that value."""

    __slots__ = ()

    def _apply(self, record: Record) -> None:
        before = self.votes.get(record.slot) if isinstance(record, Voted) else None
        super()._apply(record)
        if isinstance(record, Voted) and before is not None and before.value == record.value:
            self.votes[record.slot] = before
            self.promised[record.slot] = record.ballot


KEEPS_FIRST_BALLOT = Exhibit(
    protocol=MULTI_PAXOS.but(
        "keeps-first-ballot",
        acceptor=lambda _, settings: KeepsFirstBallot(settings.leaders),
    ),
    mutation=KeepsFirstBallot,
    check="reported-votes",
    group="acceptor",
    source="a variant of reports-promised-ballot",
    story=(
        "A vote for the value that is there already changes nothing, so it is not written again. "
        "It had raised the ballot: a lone vote for another value, in between, now looks younger."
    ),
    settings=ROUGH,
    within=50,
)
