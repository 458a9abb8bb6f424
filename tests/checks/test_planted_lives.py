"""A leader that learns something else in a later life is found out, also where it is alone."""

import msgspec
import pytest

from paxos_des import Scenario, simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.cluster.registry import MULTI_PAXOS, ProtocolSpec, registered
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NOOP, Ballot, Slot, Value
from paxos_des.protocol.effects import Learned
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.role import Settings
from paxos_des.run import Run

ALONE = Scenario(
    acceptors=3, leaders=1, clients=1, values=12, in_flight=2, delay="1ms", fsync="1ms",
    resend_after="20ms", retry_after="50ms", stop_when="horizon", horizon="2s",
    faults=[{"at": "10ms", "crash": "leader-0", "for": "20ms"}],
)  # fmt: skip
"""One leader, so that nobody but its former self can disagree with it."""


class LearnsOtherwise(Learner):
    """Learns that nothing was asked for in the first slot, whatever was voted for."""

    __slots__ = ()

    def on_vote(self, source: NodeId, slot: Slot, ballot: Ballot, value: Value) -> Learned | None:
        learned = Learner.on_vote(self, source, slot, ballot, value)
        if learned is None or slot:
            return learned
        return msgspec.structs.replace(learned, value=NOOP)


def otherwise_from_life(first: int) -> ProtocolSpec:
    """Return a protocol whose leader learns otherwise from one of its lives on."""
    lives: list[NodeId] = []

    def make(leadership: Leadership, settings: Settings, told: NodeId | None) -> Leader:
        lives.append(leadership.name)
        learner = LearnsOtherwise if len(lives) >= first else Learner
        return Leader.make(leadership, settings, told, learner=learner)

    return MULTI_PAXOS.but(f"otherwise from life {first}", leader=make)


def run_of(protocol: ProtocolSpec, checks: tuple[str, ...]) -> Run:
    with registered(protocol):
        return simulate(
            ALONE.replace(protocol=protocol.name), seed=1, record="trace", checks=checks
        )


def test_what_a_leader_had_learned_before_a_crash_counts() -> None:
    """It learned the first slot before the crash, and it is nobody else that it disagrees with."""
    run = run_of(otherwise_from_life(2), ("agreement",))

    assert run.verdict == "violated"
    first, second = run.violations[0].entries
    assert (first["event"], first["node"], first["slot"]) == ("learn", "leader-0", 0)
    assert (second["event"], second["node"], second["slot"]) == ("learn", "leader-0", 0)
    assert first["value"] != second["value"] == "noop"
    assert first["at_us"] < 10_000
    assert second["at_us"] > 30_000


@pytest.mark.parametrize("first", [1, 3])
def test_a_leader_that_agrees_with_its_former_self_is_not_accused(first: int) -> None:
    """Be it wrong in all its lives, which other checks see; or right in all that it has."""
    assert run_of(otherwise_from_life(first), ("agreement",)).verdict == "ok"


def test_the_right_leader_is_ok_in_all_its_lives() -> None:
    run = run_of(otherwise_from_life(3), CHECKS)

    assert run.verdict == "ok"
    assert sum(entry["event"] == "restart" for entry in run.trace) == 1
    assert run.stats.answered == 12
