"""The learner, which finds out what is chosen: by counting votes (PMS 2.3), or told by others."""

from dataclasses import dataclass, field

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Slot, Value
from paxos_des.protocol.chain import CHAIN_START, chained
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
        The value of each slot that is known to be chosen, and is not forgotten.
    slots_of
        The first slot in which each command, by client and sequence, was learned: a command
        chosen again because of a retry counts once.
    first_unlearned
        All slots below this one are learned.
    forgotten
        How many slots, from 0 on, are learned and forgotten, and the chain hash over them.
    """

    quorums: Quorums
    learned: dict[Slot, Value] = field(default_factory=dict)
    slots_of: dict[tuple[NodeId, int], Slot] = field(default_factory=dict)
    first_unlearned: Slot = 0
    forgotten: tuple[int, str] = (0, CHAIN_START)
    _voters: dict[Slot, dict[Ballot, dict[NodeId, None]]] = field(default_factory=dict)
    _least: int = field(init=False)
    _chains: dict[Slot, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._least = self.quorums.least_phase2

    @property
    def has_gap(self) -> bool:
        """Whether a slot is learned above one that is not."""
        return self.forgotten[0] + len(self.learned) > self.first_unlearned

    def on_vote(self, source: NodeId, slot: Slot, ballot: Ballot, value: Value) -> Learned | None:
        """Count a vote; return what is learned by it, if anything is."""
        if slot < self.first_unlearned or slot in self.learned:
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

    def on_told(self, slot: Slot, value: Value) -> bool:
        """Take another leader's word for what is chosen; return whether it is news."""
        if slot < self.first_unlearned or slot in self.learned:
            return False
        self._voters.pop(slot, None)
        self._learn(slot, value)
        return True

    def voters(self, slot: Slot, ballot: Ballot) -> dict[NodeId, None]:
        """Return who is known to have voted there; empty once the slot is learned."""
        return self._voters.get(slot, {}).get(ballot, {})

    def chain_at(self, slot: Slot) -> str:
        """Return the chain hash of the history below `slot`; it is kept until it is forgotten."""
        length, chain = self.forgotten
        assert length <= slot <= self.first_unlearned, f"{slot} of {self.first_unlearned}"
        if slot in self._chains:
            return self._chains[slot]
        for known, its_chain in self._chains.items():
            if length < known <= slot:
                length, chain = known, its_chain
        for place in range(length, slot):
            chain = chained(chain, self.learned[place])
        self._chains[slot] = chain
        return chain

    def forget(self, below: Slot) -> None:
        """Let a length and a chain hash stand for all slots below one."""
        self._put_in_place(below, self.chain_at(below))

    def install(self, slot: Slot, chain: str) -> None:
        """Take a length and a chain hash, from a snapshot, in the place of all slots below."""
        assert slot > self.first_unlearned, f"{self.first_unlearned}, then {slot}"
        self.first_unlearned = slot
        for old in [one for one in self._voters if one < slot]:
            del self._voters[old]
        self._put_in_place(slot, chain)
        while self.first_unlearned in self.learned:
            self.first_unlearned += 1

    def _put_in_place(self, below: Slot, chain: str) -> None:
        for slot in range(self.forgotten[0], below):
            value = self.learned.pop(slot, None)
            if isinstance(value, Command):
                name = (value.client, value.sequence)
                if self.slots_of.get(name) == slot:
                    del self.slots_of[name]
        self.forgotten = (below, chain)
        self._chains = {slot: one for slot, one in self._chains.items() if slot > below}

    def _learn(self, slot: Slot, value: Value) -> None:
        self.learned[slot] = value
        if isinstance(value, Command):
            self.slots_of.setdefault((value.client, value.sequence), slot)
        while self.first_unlearned in self.learned:
            self.first_unlearned += 1
