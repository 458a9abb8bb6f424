"""Who waits for whom, when a run does not go on; and whether it goes round in a circle."""

from collections.abc import Mapping, Sequence

from paxos_des.names import NodeId, acceptor_name
from paxos_des.protocol.ballot import Ballot, Slot
from paxos_des.protocol.quorum import Quorums

_PERIODS = 64
"""How finely a bound is divided when the states in it are compared."""


class Reach:
    """How far one leader has learned, in its present life.

    Attributes
    ----------
    below
        All slots below this one are learned.
    top
        No slot from here on is, in any of its lives.
    """

    __slots__ = ("_above", "below", "top")

    def __init__(self) -> None:
        self.below: Slot = 0
        self.top: Slot = 0
        self._above: set[Slot] = set()

    def learn(self, slot: Slot) -> None:
        self.top = max(self.top, slot + 1)
        if slot == self.below:
            self.learn_below(slot + 1)
        elif slot > self.below:
            self._above.add(slot)

    def learn_below(self, slot: Slot) -> None:
        """Know that all slots below this one are learned."""
        self.top = max(self.top, slot)
        self.below = slot
        while self.below in self._above:
            self._above.remove(self.below)
            self.below += 1

    def restart(self) -> None:
        """Know nothing until it learns, applies or installs again."""
        self.below = 0
        self._above.clear()


class Waiting:
    """What nodes believe, ask and can do.

    Attributes
    ----------
    down
        By node that is not up: what befell it.
    beliefs
        By leader: whom it takes for the primary.
    asked
        By client: which leader it asked last.
    """

    def __init__(self, quorums: Quorums, leaders: Sequence[NodeId]) -> None:
        self.down: dict[NodeId, str] = {}
        self.beliefs: dict[NodeId, NodeId] = {}
        self.asked: dict[NodeId, NodeId] = {}
        self._leaders = leaders
        self._quorums = quorums
        self._ballots: dict[NodeId, Ballot] = {}

    def prepare(self, leader: NodeId, ballot: Ballot) -> None:
        """Note the ballot that a leader campaigns in."""
        self._ballots[leader] = ballot

    def state(self, reach: Mapping[NodeId, Reach]) -> tuple[object, ...]:
        """Return the state without what only grows: ballots and slots count from the least."""
        rounds = {name: ballot.round for name, ballot in self._ballots.items()}
        least_round = min(rounds.values(), default=0)
        least_slot = min((one.below for one in reach.values()), default=0)
        return (
            tuple(sorted(self.beliefs.items())),
            tuple(sorted((name, one - least_round) for name, one in rounds.items())),
            tuple(one.below - least_slot for one in reach.values()),
            tuple(sorted(self.down)),
        )

    def why(self, reach: Mapping[NodeId, Reach]) -> str:
        """Return, in a sentence, who waits for whom."""
        acceptors = list(map(acceptor_name, range(self._quorums.acceptors)))
        up = [name for name in acceptors if name not in self.down]
        leaders = [name for name in self._leaders if name not in self.down]
        if not leaders:
            return "All leaders are down."
        if not (self._quorums.is_phase1(up) and self._quorums.is_phase2(up)):
            down = (f"{name} {self.down[name]}" for name in acceptors if name in self.down)
            return f"The leaders wait for a quorum of acceptors: {', '.join(down)}."
        primaries = [name for name in leaders if self.beliefs.get(name) == name]
        if not primaries:
            return f"There is no primary: {self._beliefs_of(leaders)}."
        if len(primaries) > 1:
            ballots = ", ".join(
                f"{name} in ballot {tuple(self._ballots[name])}"
                for name in primaries
                if name in self._ballots
            )
            return f"Several leaders take themselves for the primary, and duel: {ballots}."
        return self._why_under(primaries[0], reach)

    def _why_under(self, primary: NodeId, reach: Mapping[NodeId, Reach]) -> str:
        """Return why nothing goes on although there is one primary."""
        stalled = [
            f"{name} waits for slot {one.below}, and knows slot {one.top - 1}"
            for name, one in reach.items()
            if name not in self.down and one.below < one.top
        ]
        if stalled:
            return f"A slot is stalled: {'; '.join(stalled)}."
        astray = [
            f"{client} asks {leader}, which takes {self.beliefs.get(leader)} for the primary"
            for client, leader in sorted(self.asked.items())
            if leader != primary
        ]
        if astray:
            return f"The primary is {primary}, and {'; '.join(astray)}."
        return f"All wait for {primary}, which is primary."

    def _beliefs_of(self, leaders: Sequence[NodeId]) -> str:
        return ", ".join(
            f"{name} waits for {self.beliefs[name]}"
            if name in self.beliefs
            else f"{name} waits for a heartbeat"
            for name in leaders
        )


class Repetition:
    """The states of a run, one a period, and whether they go round in a circle: a lasso.

    Attributes
    ----------
    next_us
        When the next one is due.
    """

    def __init__(self, within_us: int) -> None:
        self._period_us = max(1, within_us // _PERIODS)
        self.next_us = self._period_us
        self._states: list[object] = []

    def restart(self, now_us: int) -> None:
        """Compare no state with those before now."""
        self._states.clear()
        self.next_us = now_us + self._period_us

    def note(self, state: object, now_us: int) -> None:
        """Note the state that lasted up to now; one much longer than the bound tells no more."""
        periods = -(-(now_us - self.next_us) // self._period_us)
        self.next_us += periods * self._period_us
        self._states += [state] * min(periods, 2 * _PERIODS)
        del self._states[: -2 * _PERIODS]

    def in_words(self) -> str:
        """Return whether the last states are the same as those just before them, and how often
        they changed.
        """
        states = self._states
        for size in range(1, len(states) // 2 + 1):
            last = states[-size:]
            rounds = 1
            while states[-(rounds + 1) * size : -rounds * size] == last:
                rounds += 1
            if rounds > 1 and rounds * size >= min(4, len(states)):
                period_us = size * self._period_us
                return (
                    f"The state repeats every {period_us} µs, {rounds} times up to the end "
                    f"(beliefs, relative ballots and slots, open requests)."
                )
        return "The state does not repeat."
