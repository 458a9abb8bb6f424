"""Two-phase commit: its checks can fail; the run in which it blocks is found, and made small."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from experiments.two_phase_commit.coordinator import Coordinator
from experiments.two_phase_commit.participant import Participant
from experiments.two_phase_commit.protocol import TWO_PHASE_COMMIT, coordinator_crashes
from experiments.two_phase_commit.words import Decided
from paxos_des import Scenario, simulate
from paxos_des.cluster.registry import ProtocolSpec, registered
from paxos_des.engine.dice import Dice
from paxos_des.engine.pool import Deed, Event
from paxos_des.explore.core import causal_core
from paxos_des.explore.hunt import hunt
from paxos_des.explore.pooled import attempt_of, run_pooled
from paxos_des.explore.shrink import shrink
from paxos_des.explore.strategies import strategy_named
from paxos_des.failure import Failure
from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect, Persist, Timer
from paxos_des.protocol.role import Settings
from paxos_des.report.regression import regression_test

CRASHES = coordinator_crashes()
CALM = CRASHES.replace(faults=())
BUSY = CALM.replace(values=12, think_max="5ms", delay="exponential 20ms")


def blocking() -> Failure:
    """Return the first run of the hunt that blocks somebody."""
    strategy = strategy_named("weather").make(CRASHES, ("blocks",))
    attempts = (strategy.attempt(seed) for seed in range(100))
    found = next(one for one in attempts if one.verdict == "violated")
    failure = Failure.of(found.scenario, found.schedule(), "blocks")
    assert failure is not None
    return failure


def test_without_a_crash_everything_is_decided_alike() -> None:
    verdicts = [simulate(BUSY, seed=seed).verdict for seed in range(30)]

    assert "violated" not in verdicts
    assert verdicts.count("ok") > 20  # else nothing was committed, which proves little


def test_transactions_in_each_others_way_are_aborted() -> None:
    outcomes = {
        record.result
        for seed in range(10)
        for record in simulate(CALM, seed=seed).client_history
        if record.type == "ok"
    }

    assert outcomes == {"commit", "abort"}


def test_the_run_in_which_it_blocks_is_found_shrunk_and_replayed() -> None:
    failure = blocking()

    shrunk = shrink(failure)
    small = shrunk.failure

    assert shrunk.is_minimal
    assert len(small.schedule) <= 1  # beside the crash, which is the scenario's
    assert "waits for ever: leader-0 has told nobody" in small.what
    assert small.replay().digest == small.digest


def test_six_events_are_enough_to_block() -> None:
    """A request that is begun, a vote that is kept, and the crash: nobody else has a part in it."""
    core = causal_core(blocking())

    assert "leader-0 crashes" in [event.says for event in core.events]
    assert len(core.events) == 6


def test_whoever_comes_back_ends_the_doubt() -> None:
    failure = blocking()
    restarts = [
        *(fault.to_dict() for fault in failure.scenario.faults),
        {"at": "300ms", "restart": "leader-0"},
    ]
    again = simulate(
        failure.scenario.replace(faults=restarts), schedule=failure.schedule, checks=["blocks"]
    )

    assert again.verdict == "ok"


def test_a_crash_after_the_outcome_is_sent_blocks_nobody() -> None:
    verdicts = [simulate(CRASHES, seed=seed).verdicts["blocks"] for seed in range(40)]

    assert 5 < verdicts.count("violated") < 35


def test_other_processes_of_a_hunt_find_the_protocol(tmp_path: Path) -> None:
    report = hunt(CRASHES, range(2), strategy="weather", jobs=2, folder=tmp_path)

    assert report.checks == ("same-decision", "commit-needs-votes", "blocks", "something-commits")
    assert {find.failure.check for find in report.finds} == {"blocks"}
    found = Failure.load(next(tmp_path.glob("blocks-*.json")))
    assert found.replay().verdict == "violated"


def test_a_regression_test_imports_what_registers_the_protocol() -> None:
    source = regression_test(blocking(), "blocks.json")

    assert "import experiments.two_phase_commit.protocol  # noqa: F401" in source


@dataclass
class AtRandom:
    """Lets anything happen that can."""

    dice: Dice

    def pick(self, events: list[Event], _: frozenset[Deed]) -> tuple[Deed, int]:
        return "happen", self.dice.below(len(events))


def test_it_is_found_in_the_pool_too_where_any_node_may_crash() -> None:
    one = CRASHES.replace(clients=1, values=1)
    runs = (run_pooled(one, AtRandom(Dice(seed, "any")), ("blocks",)) for seed in range(200))
    found = next(run for run in runs if run.verdict == "violated")
    attempt = attempt_of(found)

    run = simulate(attempt.scenario, schedule=attempt.schedule(), checks=["blocks"])

    assert run.verdict == "violated"
    assert not run.skipped


class Impatient(Participant):
    """Does not wait for ever: it aborts, and so blocking is cured, and the protocol broken."""

    def on_timer(self, timer: Timer) -> list[Effect]:
        if self.in_doubt is None:
            return super().on_timer(timer)
        return [
            Persist(Decided(self.in_doubt, "abort")),
            *self._decided(self.in_doubt, "abort"),
        ]

    @classmethod
    def make(cls, _: NodeId, settings: Settings) -> "Impatient":
        return cls(settings.leaders[0], settings.resend_after_us)


class Hasty(Coordinator):
    """Commits what a majority votes for."""

    def _is_enough(self, voted: set[NodeId]) -> bool:
        return 2 * len(voted) > len(self.participants)


@pytest.mark.parametrize(
    ("protocol", "check"),
    [
        (TWO_PHASE_COMMIT.but("impatient", acceptor=Impatient.make), "same-decision"),
        (TWO_PHASE_COMMIT.but("hasty", leader=Hasty.make), "commit-needs-votes"),
    ],
)
def test_a_planted_fault_is_found(protocol: ProtocolSpec, check: str) -> None:
    with registered(protocol):
        scenario = BUSY.replace(protocol=protocol.name)
        found = {violation_of(scenario, seed) for seed in range(40)}

    assert check in found


def violation_of(scenario: Scenario, seed: int) -> str | None:
    violation = simulate(scenario, seed=seed, record="nothing").first_violation
    return None if violation is None else violation.check
