"""Simpler answers: for each kind of decision a finite list, the simplest first.

| kind | simpler answers |
|---|---|
| `delay` | lose the message; a rounder delay, or one nearer to the dull one |
| `duplicate-delay`, `fsync`, `timer` | a rounder time, or one nearer to the dull one |
| `tie`, `duplicate-tie`, `keep`, `rot`, `misdirected` | a rounder or smaller number |
| `pick` | hand over nothing |
| `nemesis` and `fault` | see `simpler_faults` |
| `drop`, `duplicate`, `fsync-fails`, `operation` | none: nothing is simpler but to leave it out |

Each is simpler by `weight`, which no list goes below for ever: so replacing ends.
"""

from typing import Any

from paxos_des.cluster.faults import Fault
from paxos_des.cluster.havoc import NOTHING
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision, Key, Kind
from paxos_des.engine.delays import median_us
from paxos_des.errors import InputError
from paxos_des.explore.durations import rank, simpler_numbers
from paxos_des.explore.simpler_faults import fault_weight, simpler_faults

_KINDS_BY_SIMPLICITY: tuple[Kind, ...] = (
    "drop", "duplicate", "delay", "duplicate-delay", "timer", "pick", "tie", "duplicate-tie",
    "operation", "fsync", "fsync-fails", "keep", "rot", "misdirected", "fault", "nemesis",
)  # fmt: skip
"""What is said with fewer words comes first."""

Weight = tuple[int, ...]


def simpler(decision: Decision, scenario: Scenario) -> tuple[Decision, ...]:
    """Return interventions that could stand in place of one, the simplest first."""
    key, answer = decision.key, decision.answer
    others: list[Decision] = []
    match key.kind:
        case "delay":
            if may_lose(scenario):
                others.append(Decision(Key("drop", key.place, key.what, key.copy), answer=True))
            others += _rounder(decision, scenario)
        case ("duplicate-delay" | "fsync" | "timer" | "tie" | "duplicate-tie" | "keep" | "rot"
              | "misdirected"):  # fmt: skip
            others += _rounder(decision, scenario)
        case "pick":
            others += [Decision(key, NOTHING)] if answer != NOTHING else []
        case "nemesis" | "fault":
            others += _plainer(decision, scenario)
        case _:
            pass
    mine = weight(decision, scenario)
    return tuple(other for other in others if weight(other, scenario) < mine)


def may_lose(scenario: Scenario) -> bool:
    """Whether it is fair to lose messages: always but where liveness is asked for, for which a
    network that loses none may be needed.
    """
    return scenario.live_within_us is None or bool(scenario.drop)


def weight(decision: Decision, scenario: Scenario) -> Weight:
    """Return how simple an intervention is: the lower, the simpler."""
    key, answer = decision.key, decision.answer
    kind = _KINDS_BY_SIMPLICITY.index(key.kind)
    if type(answer) is int:
        return kind, *rank(answer, dull_of(key, scenario)), answer
    fault = _fault_in(decision)
    if fault is not None:
        return kind, *fault_weight(fault)
    return kind, int(answer != NOTHING)


def dull_of(key: Key, scenario: Scenario) -> int:
    """Return the dull answer of a decision about a number, as far as a scenario tells it."""
    if key.kind in ("delay", "duplicate-delay"):
        return median_us(scenario.link_model(key.place[0], key.place[1]).delay)
    return median_us(scenario.fsync) if key.kind == "fsync" else 0


def _rounder(decision: Decision, scenario: Scenario) -> list[Decision]:
    answer: Any = decision.answer
    dull = dull_of(decision.key, scenario)
    return [Decision(decision.key, number) for number in simpler_numbers(answer, dull)]


def _plainer(decision: Decision, scenario: Scenario) -> list[Decision]:
    fault = _fault_in(decision)
    if fault is None:
        return []
    return [
        Decision(decision.key, other.to_text()) for other in simpler_faults(fault, scenario.roles)
    ]


def _fault_in(decision: Decision) -> Fault | None:
    """Return the fault that an answer is; None for `nothing`, and for what is no fault."""
    if decision.key.kind not in ("nemesis", "fault") or decision.answer == NOTHING:
        return None
    try:
        return Fault.from_text(str(decision.answer), "schedule")
    except InputError:
        return None
