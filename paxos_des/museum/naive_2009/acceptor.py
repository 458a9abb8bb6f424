"""The acceptor of 2009, without its mistakes: `acceptor_mistakes` has those, one by one."""

from typing import assert_never

from paxos_des.museum.naive_2009.words import NEVER, WentDeaf
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Slot, Vote
from paxos_des.protocol.effects import Broadcast, Effect, Noted, Persist, Promised, Send, Voted
from paxos_des.protocol.messages import Accept, Accepted, Nack, Prepare, Promise
from paxos_des.protocol.role import Role, Settings


class Acceptor2009(Role):
    """Agrees to proposals, accepts values, and tells every leader. It knows no disk.

    Attributes
    ----------
    seen
        By instance, the highest proposal id recorded.
    votes
        By instance, the vote that it reports.
    agreed
        The proposals that it agreed to, and was not asked to accept since.
    is_deaf
        Its pump's thread has ended.
    """

    def __init__(self, _: NodeId, settings: Settings) -> None:
        self.leaders = settings.leaders
        self.seen: dict[Slot, Ballot] = {}
        self.votes: dict[Slot, Vote] = {}
        self.agreed: set[tuple[Slot, Ballot]] = set()
        self.is_deaf = False

    def on_message(self, source: NodeId, message: Prepare | Accept) -> list[Effect]:
        if self.is_deaf:
            return []
        match message:
            case Prepare():
                return self._on_propose(source, message)
            case Accept():
                return self._on_accept(source, message)
            case _:
                assert_never(message)

    def _on_propose(self, source: NodeId, propose: Prepare) -> list[Effect]:
        slot, ballot = propose.slot, propose.ballot
        assert slot is not None, f"{propose} names no instance"
        seen = self.seen.get(slot, NEVER)
        self.seen[slot] = max(seen, ballot)
        if not self._agrees(seen, ballot):
            return self._refuse(source, slot, ballot)

        self.agreed.add((slot, ballot))
        votes = self._report(slot, seen)
        return [Persist(Promised(ballot, slot)), Send(source, Promise(ballot, votes, slot))]

    def _on_accept(self, source: NodeId, accept: Accept) -> list[Effect]:
        slot, ballot = accept.slot, accept.ballot
        if not self._expects(slot, ballot):
            return self._die(f"asked to accept {tuple(ballot)} in instance {slot}, unexpectedly")
        if not self._may_vote(slot, ballot):
            return self._refuse(source, slot, ballot)

        self.agreed.discard((slot, ballot))
        self.seen[slot] = max(self.seen.get(slot, NEVER), ballot)
        self._keep(Vote(slot, ballot, accept.value))
        return [
            Persist(Voted(slot, ballot, accept.value)),
            Broadcast(self.leaders, Accepted(slot, ballot, accept.value)),
        ]

    def _die(self, why: str) -> list[Effect]:
        """End as a thread ends that nobody catches the exception of."""
        self.is_deaf = True
        return [Noted(WentDeaf(why))]

    # What the mistakes are about.

    def _agrees(self, seen: Ballot, new: Ballot) -> bool:
        """Return whether to agree to `new`, where `seen` is the highest before."""
        return new >= seen

    def _report(self, slot: Slot, seen: Ballot) -> tuple[Vote, ...]:  # noqa: ARG002 - a mistake's
        """Return what was last accepted in an instance, as it goes with an agree."""
        return (self.votes[slot],) if slot in self.votes else ()

    def _refuse(self, source: NodeId, slot: Slot, ballot: Ballot) -> list[Effect]:
        return [Send(source, Nack(ballot, self.seen[slot], slot))]

    def _expects(self, slot: Slot, ballot: Ballot) -> bool:  # noqa: ARG002 - a mistake's
        """Return whether it lives through being asked to accept this."""
        return True

    def _may_vote(self, slot: Slot, ballot: Ballot) -> bool:
        return ballot >= self.seen.get(slot, NEVER)

    def _keep(self, vote: Vote) -> None:
        """Keep the highest vote: what is to be reported."""
        kept = self.votes.get(vote.slot)
        if kept is None or vote.ballot >= kept.ballot:
            self.votes[vote.slot] = vote
