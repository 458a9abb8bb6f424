"""Other ways to the same violation, where taking events out of a causal core gets no further.

A core from which no event can go is a local minimum: a smaller one may have another quorum, or a
leader that was never refused. Two ways lead out of it, in turn:

- the core is told otherwise: an event earlier, later, once more, or at another node of its role;
  two nodes of a role exchanged from somewhere on. What cannot happen then is left out, as ever;
- a short run of its own, of the strategy `overlap`, in which nothing happens of a kind that does
  not in the core, and no more timers, crashes and restarts.

What violates the check gives its causal past, which is shrunk in turn: an iterated local search
(Lourenço, Martin and Stützle, Iterated Local Search, in the Handbook of Metaheuristics, 2003).
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event, EventKind
from paxos_des.explore.core import Core
from paxos_des.explore.core_search import Search
from paxos_des.explore.pool_run import pooled_scenario
from paxos_des.explore.script import Named
from paxos_des.explore.strategies.overlap import Overlap
from paxos_des.failure import Failure
from paxos_des.names import NodeId

COUNTED: frozenset[EventKind] = frozenset(("timer", "crash", "restart"))
"""Of these there are no more than in the core."""
LONGER_PERCENT = 130
"""How long a causal past may be to be shrunk, in percent of the core."""
STEPS_PERCENT = 200
"""Likewise, how long a run of its own may be."""
CHANGES_MAX = 3
CRASH_ONE_IN = 12
SHRUNK_ONE_IN = 6


def smaller_core(failure: Failure, core: Core, *, replays_max: int, seed: int = 0) -> Core:
    """Return the smallest causal core that is found by other ways, or else the same.

    Parameters
    ----------
    failure
        What the core is of; it has to be one, and not empty.
    replays_max
        How many runs in the pool the search may take.
    seed
        Another one searches otherwise.
    """
    search = Search(pooled_scenario(failure.scenario), failure, replays_max)
    best = search.happens(core.events)
    assert best is not None, f"a core of {len(core.events)} events does not violate {failure.check}"
    ways = _Ways(search, best, Dice(seed, "other ways"))
    ways.go()
    if len(ways.best) >= len(core.events):
        return core
    return Core(tuple(ways.best), is_minimal=True, replays=core.replays + search.replays)


class _Ways:
    """The search, and the best so far, of which no single event can be spared.

    Attributes
    ----------
    _told
        What is told otherwise: of the same length, so that the next step begins elsewhere.
    """

    def __init__(self, search: Search, best: list[Named], dice: Dice) -> None:
        self._search = search
        self._dice = dice
        self._known: set[tuple[Named, ...]] = {tuple(best)}
        self._told = self.best = best

    def go(self) -> None:
        while not self._search.is_over:
            is_own = self._dice.one_in(2)
            found = self._of_its_own() if is_own else self._told_otherwise()
            past = None if found is None else self._search.start(found)
            if past is not None and self._is_promising(past):
                # Most that is told otherwise is the same in another order, and shrinking is dear.
                if is_own or len(past) < len(self.best) or self._dice.one_in(SHRUNK_ONE_IN):
                    self._shrink(past)
                elif len(past) == len(self.best):
                    self._told = past

    def _is_promising(self, past: list[Named]) -> bool:
        """Whether a causal past is new, and not much longer than the core."""
        known = tuple(past) in self._known
        self._known.add(tuple(past))
        return not known and 100 * len(past) <= LONGER_PERCENT * len(self.best)

    def _shrink(self, past: list[Named]) -> None:
        """Shrink it to the end only where one round brings it down to the core: most is not."""
        names = self._search.spare_runs(past, 1, 0)
        if len(names) > len(self.best):
            return
        before = len(self.best)
        self._take(*self._search.shrink(names, 0))
        if len(self.best) < before:
            for straight in self._search.straight(self.best):
                self._take(*self._search.shrink(straight, 0))

    def _take(self, names: list[Named], is_minimal: bool) -> None:  # noqa: FBT001 - as shrinking returns it
        if is_minimal and len(names) <= len(self.best):
            self.best = self._told = names
            self._known.add(tuple(names))

    def _told_otherwise(self) -> list[Named]:
        names = self._told
        for _ in range(1 + self._dice.below(CHANGES_MAX)):
            names = self._dice.one_of(_CHANGES)(names, self._search.scenario, self._dice)
        return names

    def _of_its_own(self) -> list[Named] | None:
        policy = _AsIn(self.best, self._search.scenario, self._dice)
        return self._search.picked_by(policy, STEPS_PERCENT * len(self.best) // 100)


class _AsIn:
    """Picks as `overlap` does, of the events whose like is in a core."""

    def __init__(self, core: Sequence[Named], scenario: Scenario, dice: Dice) -> None:
        self._overlap = Overlap(dice.bits())
        self._dice = dice
        self._left = Counter(name.kind for name in core)
        self._kinds = {(name.kind, _role(name.node)) for name in core}
        self._doubles = sum(name.again for name in core)
        self._scenario = scenario

    def pick(self, events: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        able = [event for event in events if self._may_happen(event)]
        choice = self._choice(able, may) if able else None
        if choice is None:
            return None
        deed, picked = choice[0], able[choice[1]]
        if picked.kind in COUNTED:
            self._left[picked.kind] -= 1
        if deed == "double":
            self._doubles -= 1
            if not _may_double(self._scenario, picked.peer, picked.node):
                deed = "happen"
        return deed, bisect_left(events, (picked.number,))

    def _choice(self, able: list[Event], may: frozenset[Deed]) -> tuple[Deed, int] | None:
        crashes = [place for place, event in enumerate(able) if event.kind == "crash"]
        if crashes and self._dice.one_in(CRASH_ONE_IN):
            return "happen", self._dice.one_of(crashes)
        return self._overlap.pick(able, may if self._doubles else frozenset())

    def _may_happen(self, event: Event) -> bool:
        kind = event.kind
        if kind in COUNTED and self._left[kind] <= 0:
            return False
        return (kind, _role(event.node)) in self._kinds


def _role(node: NodeId) -> str:
    return node.partition("-")[0]


def _may_double(scenario: Scenario, source: NodeId, target: NodeId) -> bool:
    """Whether a message may come twice: a script may do what no link of the scenario does."""
    return bool(source) and scenario.link_model(source, target).duplicate > 0


def _roles(scenario: Scenario) -> tuple[tuple[NodeId, ...], tuple[NodeId, ...]]:
    return scenario.acceptor_names, scenario.leader_names


def _exchange(names: list[Named], scenario: Scenario, dice: Dice) -> list[Named]:
    """Exchange two nodes of a role from somewhere on, or up to there; perhaps only in what one
    other node has to do with.
    """
    acceptors, leaders = _roles(scenario)
    role, others = dice.shuffled((acceptors, leaders))
    one, other = dice.shuffled(role)[:2] if len(role) > 1 else (role[0], role[0])
    exchanged = {one: other, other: one}
    place, is_after = dice.below(len(names)), dice.one_in(2)
    with_whom = dice.one_of(others) if dice.one_in(2) else ""
    return [
        name
        if (at < place) == is_after or (with_whom and with_whom not in (name.node, name.peer))
        else name._replace(
            node=exchanged.get(name.node, name.node), peer=exchanged.get(name.peer, name.peer)
        )
        for at, name in enumerate(names)
    ]


def _move(names: list[Named], _: Scenario, dice: Dice) -> list[Named]:
    names = list(names)
    name = names.pop(dice.below(len(names)))
    names.insert(dice.below(len(names) + 1), name)
    return names


def _double(names: list[Named], scenario: Scenario, dice: Dice) -> list[Named]:
    """Have a message come once more."""
    place = dice.below(len(names))
    name = names[place]
    if name.deed == "double" or name.again or not _may_double(scenario, name.peer, name.node):
        return names
    names = list(names)
    names[place] = name._replace(deed="double")
    again = name._replace(again=1, deed="happen")
    names.insert(place + 1 + dice.below(len(names) - place), again)
    return names


def _also(names: list[Named], scenario: Scenario, dice: Dice) -> list[Named]:
    """Have the like of an event happen somewhere, too, at or from another node of its role."""
    name, role = dice.one_of(names), dice.one_of(_roles(scenario))
    if name.node in role:
        name = name._replace(node=dice.one_of(role))
    elif name.peer in role:
        name = name._replace(peer=dice.one_of(role))
    place = dice.below(len(names) + 1)
    return [*names[:place], name, *names[place:]]


_CHANGES: tuple[Callable[[list[Named], Scenario, Dice], list[Named]], ...] = (
    _exchange, _exchange, _exchange, _move, _move, _double, _also,
)  # fmt: skip
"""How a core is told otherwise."""
