"""The mistakes of the acceptor of 2009, each in a subclass of its own, which may be combined."""

from paxos_des.museum.naive_2009.acceptor import Acceptor2009
from paxos_des.museum.naive_2009.words import port_of
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Slot, Vote
from paxos_des.protocol.effects import Effect


class ComparesCountWithPort(Acceptor2009):
    """An acceptor compares the count it has seen with the port of whoever proposes."""

    def _agrees(self, seen: Ballot, new: Ballot) -> bool:
        count, port = seen.round, port_of(seen.leader)
        new_count, new_port = new.round, port_of(new.leader)
        return count < new_port or (count == new_port and port < new_count)


class ReportsSeenId(Acceptor2009):
    """An acceptor reports its vote under the highest id that it has seen, not the vote's own."""

    def _report(self, slot: Slot, seen: Ballot) -> tuple[Vote, ...]:
        return (Vote(slot, seen, self.votes[slot].value),) if slot in self.votes else ()


class VotesBelowPromise(Acceptor2009):
    """An acceptor that is asked to accept does not look at what it has promised since."""

    def _may_vote(self, slot: Slot, ballot: Ballot) -> bool:  # noqa: ARG002 - that is the mistake
        return True


class OverwritesVotes(Acceptor2009):
    """An acceptor lets its last vote overwrite a higher one."""

    def _keep(self, vote: Vote) -> None:
        self.votes[vote.slot] = vote


class DiesOfDuplicates(Acceptor2009):
    """An acceptor dies of a second accept, and of one for a proposal that it did not agree to."""

    def _expects(self, slot: Slot, ballot: Ballot) -> bool:
        return (slot, ballot) in self.agreed


class SendsNoRefusal(Acceptor2009):
    """An acceptor that does not agree says nothing."""

    def _refuse(self, source: NodeId, slot: Slot, ballot: Ballot) -> list[Effect]:  # noqa: ARG002
        return []


class NaiveAcceptor(
    ComparesCountWithPort,
    ReportsSeenId,
    VotesBelowPromise,
    OverwritesVotes,
    DiesOfDuplicates,
    SendsNoRefusal,
):
    """The acceptor of 2009: each of its mistakes is a class of one method."""
