"""Which acceptors decide a slot: the first ones, or as commands in the log changed them.

PMMC, *Reconfiguring a State Machine*: a change chosen in slot s holds from slot s + `after` on. So
whoever knows all values up to slot n - `after` knows the acceptors of slot n, and a leader proposes
in no slot of which it does not.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Slot, Value
from paxos_des.protocol.effects import Learned
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.messages import Snapshot
from paxos_des.protocol.quorum import Majority, Quorums


@dataclass(frozen=True, slots=True)
class Configuration:
    """The acceptors of the slots from `start` on, and what is a quorum of them."""

    start: Slot
    acceptors: tuple[NodeId, ...]
    quorums: Quorums

    def is_phase1(self, voters: Collection[NodeId]) -> bool:
        return self.quorums.is_phase1(self._own(voters))

    def is_phase2(self, voters: Collection[NodeId]) -> bool:
        return self.quorums.is_phase2(self._own(voters))

    def _own(self, voters: Collection[NodeId]) -> list[NodeId]:
        return [name for name in voters if name in self.acceptors]


@dataclass(slots=True)
class Configurations:
    """The acceptors by slot, as far as one leader knows the log.

    Attributes
    ----------
    known
        All acceptors there are, spares among them.
    after
        How many slots later a change takes effect.
    in_order
        The configurations that matter, oldest first.
    next
        All slots below this one are taken into account.
    """

    first: Configuration
    known: frozenset[NodeId]
    after: int
    in_order: list[Configuration] = field(default_factory=list)
    next: Slot = 0
    _seen: set[tuple[NodeId, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.in_order = [self.first]

    @property
    def end(self) -> Slot:
        """The first slot whose acceptors are not known yet."""
        return self.next + self.after

    @property
    def now(self) -> Configuration:
        """The last configuration that is known."""
        return self.in_order[-1]

    def at(self, slot: Slot) -> Configuration:
        assert slot < self.end, f"slot {slot}; known are those below {self.end}"
        return next(one for one in reversed(self.in_order) if one.start <= slot)

    def from_slot(self, slot: Slot) -> list[Configuration]:
        """Return all that are in force from a slot on, as far as they are known."""
        old = sum(one.start <= slot for one in self.in_order)
        return self.in_order[max(old - 1, 0) :]

    def acceptors_from(self, slot: Slot) -> tuple[NodeId, ...]:
        """Return who has to be asked for the slots from this one on, each once."""
        return tuple(dict.fromkeys(name for one in self.from_slot(slot) for name in one.acceptors))

    def on_chosen(self, slot: Slot, value: Value, *, repeated: bool) -> None:
        """Take the next slot into account. A change that is chosen again has no effect again; nor
        has one that names nobody, or an acceptor that there is not.
        """
        assert slot == self.next, f"slot {self.next} is next, then {slot}"
        self.next = slot + 1
        names = change_in(value)
        if names and not repeated and self.known.issuperset(names):
            one = Configuration(slot + self.after, names, Majority(len(names)))
            self.in_order.append(one)

    def follow(self, learner: Learner) -> None:
        """Take into account what is learned, where no replica tells what is repeated."""
        while self.next < learner.first_unlearned:
            value = learner.learned[self.next]
            is_repeated = False
            if isinstance(value, Command) and change_in(value):
                name = (value.client, value.sequence)
                is_repeated = name in self._seen
                self._seen.add(name)
            self.on_chosen(self.next, value, repeated=is_repeated)

    def parts(self, slot: Slot) -> tuple[tuple[Slot, tuple[NodeId, ...]], ...]:
        """Return what a snapshot of all slots below `slot` has to hold."""
        return tuple((one.start, one.acceptors) for one in self.from_slot(slot))

    def install(self, snapshot: Snapshot) -> None:
        self.next = snapshot.slot
        self.in_order = [
            self.first
            if start == self.first.start
            else Configuration(start, tuple(names), Majority(len(names)))
            for start, names in snapshot.acceptors
        ]


def change_in(value: Value) -> tuple[NodeId, ...]:
    """Return the acceptors that a value would have decide, each once; none, if it is no change."""
    if not isinstance(value, Command):
        return ()
    match value.operation:
        case ("reconfigure", (*names,)) if all(isinstance(name, str) for name in names):
            return tuple(dict.fromkeys(names))
    return ()


@dataclass(slots=True)
class ReconfigurableLearner(Learner):
    """Counts only the votes of a slot's own acceptors, once it knows who they are."""

    configurations: Configurations | None = None
    _values: dict[Slot, dict[Ballot, Value]] = field(default_factory=dict)
    _counted: Slot = 0

    def on_vote(self, source: NodeId, slot: Slot, ballot: Ballot, value: Value) -> Learned | None:
        """Count a vote; keep one whose slot's acceptors are not known yet."""
        if slot < self.first_unlearned or slot in self.learned:
            return None
        self._voters.setdefault(slot, {}).setdefault(ballot, {})[source] = None
        self._values.setdefault(slot, {})[ballot] = value
        return self._count(slot, ballot)

    def recount(self) -> list[Learned]:
        """Count the votes in slots whose acceptors have become known: to be called when the
        configurations have taken more slots into account.
        """
        assert self.configurations is not None
        old, self._counted = self._counted, self.configurations.end
        for slot in [one for one in self._values if one < self.first_unlearned]:
            del self._values[slot]
        found: list[Learned] = []
        for slot in sorted(one for one in self._voters if old <= one < self._counted):
            for ballot in sorted(self._voters[slot]):
                learned = self._count(slot, ballot)
                if learned is not None:
                    found.append(learned)
                    break
        return found

    def _count(self, slot: Slot, ballot: Ballot) -> Learned | None:
        assert self.configurations is not None
        if slot >= self.configurations.end:
            return None
        configuration, voters = self.configurations.at(slot), self._voters[slot][ballot]
        if not configuration.is_phase2(voters):
            return None
        del self._voters[slot]
        value = self._values.pop(slot)[ballot]
        self._learn(slot, value)
        counted = tuple(name for name in voters if name in configuration.acceptors)
        return Learned(slot, value, ballot, counted)
