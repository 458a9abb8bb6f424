"""Gaps: slots that nobody proposes any more, below slots that are learned."""

from typing import Literal

import pytest

from paxos_des import Scenario, simulate
from paxos_des.engine.choices import Decision, Key, name_of
from paxos_des.protocol.ballot import NOOP


@pytest.mark.parametrize("phase1", ["per-slot", "stable"])
def test_a_new_primary_fills_the_gap_that_the_old_one_left(
    phase1: Literal["per-slot", "stable"],
) -> None:
    """leader-1 loses all that it sends for slot 0, has slots 1 and 2 chosen, and fails."""
    scenario = Scenario(
        phase1=phase1, values=3, retry_after="8s", delay="1ms", stop_when="horizon",
        horizon="30s", resend_after="20s", fill_after="500ms",
        faults=[{"at": "20ms", "fail": "leader-1"}],
    )  # fmt: skip
    prepare = {"type": "Prepare", "ballot": [1, 1], "slot": 0}
    accept = {"type": "Accept", "slot": 0, "ballot": [1, 1]}
    what = name_of(prepare if phase1 == "per-slot" else accept)
    links = [("leader-1", acceptor) for acceptor in scenario.acceptor_names]

    run = simulate(
        scenario, schedule=[Decision(Key("drop", link, what, 1), True) for link in links]
    )

    history = run.leader_histories["leader-0"]
    assert run.skipped == ()
    assert history[0] == NOOP
    assert None not in history
    assert run.stats.chosen == 3
    assert run.verdict == "ok"
