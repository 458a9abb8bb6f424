"""The state machine: it breaks what is broken, and the right protocol survives it."""

from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from paxos_des.testing import ClusterMachine
from paxos_des.testing.profiles import PROFILES

QUICK = settings(
    PROFILES["ci"], max_examples=20, stateful_step_count=15, phases=[Phase.generate, Phase.shrink]
)


class Broken(ClusterMachine):
    scenario = ClusterMachine.scenario.replace(protocol="accept-below-promise")


class NothingIsEverLearned(ClusterMachine):
    """A property that does not hold, as a user writes one."""

    @invariant()
    def nothing_is_learned(self) -> None:
        histories = self.cluster.leader_histories
        assert all(not history.length for history in histories.values()), "something is learned"


def test_the_right_protocol_survives() -> None:
    run_state_machine_as_test(ClusterMachine, settings=QUICK)


def test_the_promise_ignoring_acceptor_is_found_and_the_steps_are_few() -> None:
    steps = broken_by(Broken, "slot 0", settings(QUICK, max_examples=100))

    assert {step.partition("(")[0] for step in steps} == {"request", "advance"}
    assert len(steps) <= 4


def test_a_property_of_ones_own_is_broken_by_a_request_and_time() -> None:
    steps = broken_by(NothingIsEverLearned, "something is learned", QUICK)

    assert steps[0].startswith("request(client='client-")
    assert all(step.startswith("advance(steps=") for step in steps[1:])


def broken_by(machine: type[ClusterMachine], why: str, how: settings) -> list[str]:
    """Return the steps of the shrunk example, as they are printed."""
    with pytest.raises(AssertionError, match=why) as found:
        run_state_machine_as_test(machine, settings=how)
    notes: Any = getattr(found.value, "__notes__", [])
    lines = "\n".join(notes).splitlines()
    done = [line.removeprefix("state.") for line in lines if line.startswith("state.")]
    return [step for step in done if step.split("(")[0] in ("request", "advance", "crash", "cut")]
