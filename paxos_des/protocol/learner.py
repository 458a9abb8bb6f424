"""The learner, which finds out what is chosen by counting votes (PMS 2.3)."""

from dataclasses import dataclass, field

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Slot, Value
from paxos_des.protocol.effects import Learned
from paxos_des.protocol.quorum import Quorums


@dataclass(slots=True)
class Learner:
    """Counts distinct acceptors that voted in one ballot, slot by slot.

    Votes are lost, late and repeated: voters are kept in sets (dicts, whose order is fixed),
    and ballots are never added up.

    Attributes
    ----------
    learned
        The value of each slot that is known to be chosen.
    slots_of
        The first slot in which each command, by client and sequence, was learned: a command
        chosen again because of a retry counts once.
    first_unlearned
        All slots below this one are learned.
    """

    quorums: Quorums
    learned: dict[Slot, Value] = field(default_factory=dict)
    slots_of: dict[tuple[NodeId, int], Slot] = field(default_factory=dict)
    first_unlearned: Slot = 0
    _voters: dict[Slot, dict[Ballot, dict[NodeId, None]]] = field(default_factory=dict)
    _least: int = field(init=False)

    def __post_init__(self) -> None:
        self._least = self.quorums.least_phase2

    def on_vote(self, source: NodeId, slot: Slot, ballot: Ballot, value: Value) -> Learned | None:
        """Count a vote; return what is learned by it, if anything is."""
        if slot in self.learned:
            return None

        by_ballot = self._voters.get(slot)
        if by_ballot is None:
            by_ballot = self._voters[slot] = {}
        voters = by_ballot.get(ballot)
        if voters is None:
            voters = by_ballot[ballot] = {}
        voters[source] = None
        if len(voters) < self._least or not self.quorums.is_phase2(voters):
            return None
        del self._voters[slot]
        self._learn(slot, value)
        return Learned(slot, value, ballot, tuple(voters))

    def voters(self, slot: Slot, ballot: Ballot) -> dict[NodeId, None]:
        """Return who is known to have voted there; empty once the slot is learned."""
        return self._voters.get(slot, {}).get(ballot, {})

    def has_learned(self, command: Command) -> bool:
        return (command.client, command.sequence) in self.slots_of

    def _learn(self, slot: Slot, value: Value) -> None:
        self.learned[slot] = value
        if isinstance(value, Command):
            self.slots_of.setdefault((value.client, value.sequence), slot)
        while self.first_unlearned in self.learned:
            self.first_unlearned += 1
