"""`guided`: goes on from where something new was seen.

Coverage-guided, over abstract states of the protocol (see `explore.states`). What was picked up to
the first sight of a state is a *tape*; it is kept, and played again: whole, with a change, or with
another's end, and then another strategy goes on. Tapes that were played less come first, and those
that end where acceptors hold more values, and one leader alone has learned.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from paxos_des.cluster.cluster import Cluster
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event, Policy
from paxos_des.explore.attempt import Attempt, StrategySpec
from paxos_des.explore.pooled import attempt_of, run_pooled
from paxos_des.explore.states import States
from paxos_des.explore.strategies.overlap import Overlap
from paxos_des.explore.strategies.pooled import small
from paxos_des.explore.strategies.swarm import Swarm

DEEDS: tuple[Deed, ...] = ("happen", "lose", "double")
TRIES = 24
"""Among so many tapes one is chosen."""
KEPT_MAX = 4096
"""So many tapes are kept at most; the oldest go."""
LONGEST = 4096
"""Picks of a tape that is kept: a longer one costs more to play than it finds."""

WAYS = ("splice", "change", "cut", "extend", "extend", "extend", "extend", "extend")
"""What is done with a tape; all are extended by chance in the end."""

Tape = list[int]
"""One number a pick: three times its place in the pool, and which deed."""


class Behind(Policy, Protocol):
    """A policy that can go on where another has begun."""

    def see(self, events: list[Event]) -> None:
        """Note what is in the pool while another picks."""


BEHIND: tuple[Callable[[int], Behind], ...] = (Overlap, Overlap, Overlap, Swarm)
"""What goes on behind a tape's end, made from a seed."""


class Player:
    """Plays a tape, and lets another policy go on behind its end; records what was picked."""

    def __init__(self, tape: Sequence[int], behind: Behind) -> None:
        self._tape = tape
        self._behind = behind
        self.recorded: Tape = []

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        step = len(self.recorded)
        if step < len(self._tape):
            self._behind.see(events)
            place, which = divmod(self._tape[step], len(DEEDS))
            place %= len(events)
            deed = DEEDS[which]
            if deed not in may or events[place].kind != "deliver":
                deed = "happen"
        else:
            picked = self._behind.pick(events, may)
            if picked is None:
                return None
            deed, place = picked
        self.recorded.append(place * len(DEEDS) + DEEDS.index(deed))
        return deed, place


class Recorder:
    """Records what a policy picks."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self.recorded: Tape = []

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        picked = self._policy.pick(events, may)
        if picked is not None:
            self.recorded.append(picked[1] * len(DEEDS) + DEEDS.index(picked[0]))
        return picked


class Found(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A state that was new, and the tape that ends where it was reached."""

    state: int
    contention: int
    tape: Tape


class Corpus:
    """What has been seen, and how to get there.

    Attributes
    ----------
    seen
        The states, as 64 bits.
    tapes
        Of new states, the oldest first.
    played, contention
        Of each tape: how often it was played, and how contended the state at its end is.
    """

    def __init__(self) -> None:
        self.seen: set[int] = set()
        self.tapes: list[Tape] = []
        self.played: list[int] = []
        self.contention: list[int] = []
        self._news: list[Found] = []

    def learn(self, states: dict[int, tuple[int, int]], recorded: Tape) -> None:
        """Keep a tape for each state that is new; `states` says of each after how many picks it
        came, and how contended it is.
        """
        for state, (length, contention) in states.items():
            if state not in self.seen:
                found = Found(state, contention, recorded[:length])
                self._keep(found)
                self._news.append(found)

    def choose(self, dice: Dice) -> Tape | None:
        """Return a tape to play, and count that: of some at random, the one that was played least
        for how contended its end is.
        """
        if not self.tapes:
            return None
        best = dice.below(len(self.tapes))
        for _ in range(TRIES - 1):
            other = dice.below(len(self.tapes))
            if (
                self._plays(other) * self.contention[best]
                < self._plays(best) * (self.contention[other])
            ):
                best = other
        self.played[best] += 1
        return self.tapes[best]

    def news(self) -> bytes | None:
        """Return what was learned since the last call; None: nothing."""
        if not self._news:
            return None
        told, self._news = msgspec.msgpack.encode(self._news), []
        return told

    def restore(self, told: bytes) -> None:
        """Learn what another corpus had as news."""
        for found in msgspec.msgpack.decode(told, type=list[Found]):
            if found.state not in self.seen:
                self._keep(found)

    def _plays(self, which: int) -> int:
        return self.played[which] + 1

    def _keep(self, found: Found) -> None:
        self.seen.add(found.state)
        if len(found.tape) <= LONGEST:
            self.tapes.append(found.tape)
            self.played.append(0)
            self.contention.append(found.contention)
        if len(self.tapes) > KEPT_MAX:
            for kept in (self.tapes, self.played, self.contention):
                del kept[: KEPT_MAX // 4]


def changed(corpus: Corpus, dice: Dice) -> Tape:
    """Return a tape to play next: none at all, one that is kept, or what two of them make."""
    tape = None if dice.one_in(8) else corpus.choose(dice)
    if not tape:
        return []
    way = dice.one_of(WAYS)
    if way == "splice":
        other = corpus.choose(dice)
        assert other is not None, "there is one tape at least"
        return tape[: dice.below(len(tape) + 1)] + other[dice.below(len(other) + 1) :]
    if way == "change":
        place = dice.below(len(tape))
        return [*tape[:place], dice.below(64) * len(DEEDS), *tape[place + 1 :]]
    if way == "cut":
        return tape[: dice.below(len(tape) + 1)]
    return tape


class Guided:
    """Runs a scenario in the pool, and learns from each run."""

    def __init__(self, scenario: Scenario, checks: tuple[str, ...]) -> None:
        self._scenario = small(scenario)
        self._checks = checks
        self.corpus = Corpus()

    def attempt(self, seed: int) -> Attempt:
        dice = Dice(seed, "guided")
        tape = changed(self.corpus, dice)
        return self._run(Player(tape, dice.one_of(BEHIND)(dice.bits())), seed)

    def follow(self, policy: Policy, seed: int) -> Attempt:
        """Run a policy, and learn from what it does."""
        return self._run(Recorder(policy), seed)

    def _run(self, player: Player | Recorder, seed: int) -> Attempt:
        states: dict[int, tuple[int, int]] = {}

        def on_state(state: int, contention: int) -> None:
            states.setdefault(state, (len(player.recorded), contention))

        def observe(cluster: Cluster) -> None:
            States(on_state).observe(cluster)

        run = run_pooled(self._scenario, player, self._checks, seed=seed, extend=observe)
        self.corpus.learn(states, player.recorded)
        return attempt_of(run)

    def news(self) -> bytes | None:
        """Return what was learned since the last call, for another process; None: nothing."""
        return self.corpus.news()

    def restore(self, told: bytes) -> None:
        """Learn what another process had as news; may be called for each, in their order."""
        self.corpus.restore(told)


GUIDED = StrategySpec(
    name="guided",
    says="goes on from where a state of the protocol was seen for the first time",
    make=Guided,
)
