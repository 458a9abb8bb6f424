"""The mistakes of the leader of 2009, each in a subclass of its own, which may be combined."""

from collections.abc import Sequence

from paxos_des.museum.naive_2009.leader import Leader2009
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Ballot, Slot, Value, Vote
from paxos_des.protocol.effects import Effect, Learned


class LastAgreeOnly(Leader2009):
    """A leader looks at the vote in the agree that completes the quorum, and at no other."""

    def _votes_that_count(self, reports: Sequence[tuple[Vote, ...]]) -> list[Vote]:
        return list(reports[-1])


class CountsAgrees(Leader2009):
    """A leader counts agrees, not acceptors that agreed."""

    def _are_enough_answers(self, sources: Sequence[NodeId]) -> bool:
        return len(sources) >= self.quorum


class CountsAccepteds(Leader2009):
    """A leader counts messages that tell of a vote, not acceptors that voted."""

    def _are_enough_votes(self, sources: Sequence[NodeId]) -> bool:
        return len(sources) >= self.quorum


class RetriesElsewhere(Leader2009):
    """A leader proposes what was refused again in a new instance, and leaves a gap behind."""

    def _propose_again(self, value: Value, slot: Slot) -> list[Effect]:  # noqa: ARG002
        return self._propose(value)


class ProposesRepeats(Leader2009):
    """A leader proposes anew what a message asks for that came before."""

    def _is_repeated(self, name: tuple[NodeId, int]) -> bool:  # noqa: ARG002 - that is the mistake
        return False


class LosesOwnValue(Leader2009):
    """A leader never comes back to its own value, once it has adopted another in its place."""

    def _on_lost(self, own: Value) -> list[Effect]:  # noqa: ARG002 - that is the mistake
        return []


class FillsUnderWay(Leader2009):
    """A leader takes an instance whose value is still under way for a gap, and fills it."""

    def _filler(self, slot: Slot) -> Value:  # noqa: ARG002 - that is the mistake
        return NOOP


class ForgetsAccepted(Leader2009):
    """A leader forgets the protocols that it has seen accepted, whoever may still answer them."""

    def _forget(self) -> None:
        for protocols in self.protocols.values():
            for ballot in [one for one, it in protocols.items() if it.state == "accepted"]:
                del protocols[ballot]


class DeafOnUnknown(Leader2009):
    """A leader goes deaf when an answer comes to a protocol of which it has no record."""

    def _on_unknown(self, slot: Slot, ballot: Ballot) -> list[Effect]:
        return self._die(f"KeyError: instance {slot}, proposal {tuple(ballot)}")


class Unlearns(Leader2009):
    """A leader lets what is decided later take the place of what was decided before."""

    def _decide(self, learned: Learned) -> list[Effect]:
        if self.decided.get(learned.slot) == learned.value:
            return []
        self.decided[learned.slot] = learned.value
        return [learned]


class SkipsInstance0(Leader2009):
    """A leader neither reports what instance 0 holds, nor fills it."""

    first_reported = 1


class NaiveLeader(
    LastAgreeOnly,
    CountsAgrees,
    CountsAccepteds,
    ProposesRepeats,
    RetriesElsewhere,
    LosesOwnValue,
    FillsUnderWay,
    ForgetsAccepted,
    DeafOnUnknown,
    Unlearns,
    SkipsInstance0,
):
    """The leader of 2009: each of its mistakes is a class of one method."""
