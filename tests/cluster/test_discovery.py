"""What was chosen and heard of by nobody who is up comes to light, slot by slot too."""

import pytest

from paxos_des import Scenario, simulate

PER_SLOT = Scenario(
    values=20, in_flight=2, delay="10ms", fsync="1ms", phase1="per-slot", primaries="highest",
    heartbeat_every="100ms", heartbeat_timeout="250ms", resend_after="50ms", fill_after="100ms",
    stop_when="horizon", horizon="10s",
)  # fmt: skip


@pytest.mark.parametrize("leaders", [1, 2])
def test_all_leaders_learn_again_what_all_had_learned_before_they_crashed(leaders: int) -> None:
    """All is answered by then: no command will come any more that needs a slot."""
    faults = [{"at": "3s", "crash": "leader-*", "for": "1s"}]
    run = simulate(PER_SLOT.replace(leaders=leaders, faults=faults), seed=1)

    assert run.verdict == "ok"
    assert run.stats.answered == 20
    assert [history.length for history in run.leader_histories.values()] == [20] * leaders


def test_a_slot_that_only_a_crashed_leader_knew_of_is_learned_by_the_other() -> None:
    cut = [{"at": "0s", "cut": [f"acceptor-{n}", "leader-0"], "for": "2s"} for n in range(5)]
    faults = [*cut, {"at": "2s", "crash": "leader-1"}]
    run = simulate(PER_SLOT.replace(faults=faults, catch_up_every="5s"), seed=1)

    assert run.verdict == "ok"
    assert run.leader_histories["leader-0"].length == 20
