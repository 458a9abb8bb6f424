"""Retells a run in the pool as a schedule of the timed network.

The run's picks are made once more, and notes taken. Then every message that came, every timer that
fired and every fsync that was done gets an answer to its question: as long as it lay in the pool.
What never happened needs one only where its dullest answer would let it happen before the end.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from paxos_des.cluster.faults import Fault
from paxos_des.cluster.havoc import NEMESIS
from paxos_des.cluster.pooled import deeds_of
from paxos_des.engine.choices import Answer, Decision, Key, Kind, name_of
from paxos_des.engine.disk_decisions import named
from paxos_des.engine.network import identity
from paxos_des.engine.pool import Deed, Event
from paxos_des.engine.pooled import PooledChooser
from paxos_des.engine.pooled_world import NotedWorld, Stay
from paxos_des.engine.trace import Trace
from paxos_des.explore.pool_run import PooledRun, judge_pooled
from paxos_des.names import NodeId

_KINDS: dict[str, Kind] = {"deliver": "delay", "timer": "timer", "fsync": "fsync"}


class Picks:
    """Makes known picks again."""

    def __init__(self, picked: Sequence[tuple[Deed, Event]]) -> None:
        self._left = iter(picked)

    def pick(self, events: list[Event], _: frozenset[Deed]) -> tuple[Deed, int] | None:
        deed, event = next(self._left, (None, None))
        if deed is None or event is None:
            return None
        place = bisect_left(events, (event.number,))
        assert events[place].number == event.number, f"{event} was picked, and is not there"
        return deed, place


def schedule_of(run: PooledRun) -> tuple[Decision, ...]:
    """Return the interventions under which the timed network does what a run in the pool did."""
    world, _, operations = _again(run)
    scenario, copies = run.scenario, dict[tuple[tuple[NodeId, ...], str], int]()
    found: list[Decision] = []
    for stay in world.stays:
        if stay.event.kind not in _KINDS:
            continue
        place, what = _name_of(stay.event)
        copy = copies[place, what] = copies.get((place, what), 0) + 1
        for kind, answer in _answers(stay, run.end_us, scenario.horizon_us):
            found.append(Decision(Key(kind, place, what, copy), answer))
    return (*operations, *found, *_faults(run))


def digest_of(run: PooledRun) -> str:
    """Return the digest of a run in the pool: 64 hex digits, which its timed replay has too."""
    _, trace, _ = _again(run)
    digest = trace.digest()
    assert digest is not None, "it is recorded"
    return digest


def _again(run: PooledRun) -> tuple[NotedWorld, Trace, tuple[Decision, ...]]:
    world = NotedWorld(
        Picks(run.picked),
        step_us=run.step_us,
        steps_max=run.steps,
        may=deeds_of(run.scenario),
        lost=frozenset(event.number for deed, event in run.picked if deed == "lose"),
    )
    trace, chooser = Trace("digest"), PooledChooser(run.seed, remember="schedule")
    judge_pooled(run.scenario, world, trace, run.checks, chooser=chooser)
    assert len(world.picked) == run.steps, f"{len(world.picked)} picks of {run.steps} were made"
    return world, trace, tuple(chooser.remembered)


def _name_of(event: Event) -> tuple[tuple[NodeId, ...], str]:
    """Return where the timed network asks about an event, and how it calls it."""
    match event.kind:
        case "deliver":
            return (event.peer, event.node), name_of(identity(event.content))
        case "timer":
            return (event.node,), name_of(event.content)
        case "fsync":
            return (event.node,), name_of(named(event.content))
        case _:
            raise AssertionError(event)


def _answers(stay: Stay, end_us: int, horizon_us: int) -> Iterator[tuple[Kind, Answer]]:
    """Yield the answers about one thing that lay in the pool, where they are not dull."""
    kind, since_us, dull_us = _KINDS[stay.event.kind], stay.since_us, stay.dull_us
    if not stay.happened_us:
        gone_us = end_us if stay.gone_us is None else stay.gone_us
        if stay.is_lost:
            yield "drop", True
        elif kind == "fsync" and since_us + dull_us // 2 <= gone_us:
            # A crash in the second half of an fsync finds the data synced.
            yield kind, 2 * horizon_us
        elif kind != "fsync" and since_us + dull_us <= gone_us:
            yield kind, horizon_us
        return
    first_us, *again_us = (at_us - since_us for at_us in stay.happened_us)
    if first_us != dull_us:
        yield kind, first_us
    for double_us in again_us:
        yield "duplicate", True
        if double_us != dull_us:
            yield "duplicate-delay", double_us


def _faults(run: PooledRun) -> Iterator[Decision]:
    """Yield the crashes, as faults of the schedule's own."""
    crashed_us: dict[NodeId, int] = {}
    lasts_us: dict[tuple[int, NodeId], int | None] = {}
    for count, (_, event) in enumerate(run.picked, 1):
        at_us = count * run.step_us
        if event.kind == "crash":
            crashed_us[event.node] = at_us
            lasts_us[at_us, event.node] = None
        elif event.kind == "restart":
            begun_us = crashed_us.pop(event.node)
            lasts_us[begun_us, event.node] = at_us - begun_us
    for number, ((at_us, node), for_us) in enumerate(lasts_us.items()):
        fault = Fault(at_us, "crash", (node,), for_us=for_us)
        key = Key("fault", (NEMESIS,), name_of({"number": number}), 1)
        yield Decision(key, fault.to_text())
