"""The pytest plugin, in pytest runs of its own."""

import re
import sys
from pathlib import Path

import pytest

from paxos_des import Scenario
from paxos_des.failure import Failure
from paxos_des.testing import UnsafeError, assert_safe
from paxos_des.testing.plugin import Paxos

pytest_plugins = ["pytester"]

BROKEN = Scenario.named("duel").replace(protocol="own-value")
SEED = 73
"""The first in which a leader proposes its own value over a chosen one."""

TESTS = """
    from hypothesis import given, settings

    from paxos_des import Scenario, simulate
    from paxos_des.testing import assert_safe, schedules
    from paxos_des.testing.profiles import PROFILES

    BROKEN = Scenario.named("duel").replace(protocol="accept-below-promise")

    def test_with_the_fixture(paxos):
        paxos.assert_safe(paxos.simulate(Scenario.named("duel").replace(protocol="own-value")))

    @settings(PROFILES["ci"], max_examples=20)
    @given(schedules(BROKEN))
    def test_with_hypothesis(schedule):
        assert_safe(simulate(BROKEN, schedule=schedule))
"""


@pytest.fixture
def failure() -> Failure:
    with pytest.raises(UnsafeError) as found:
        assert_safe(Paxos(SEED).simulate(BROKEN))
    assert found.value.failure is not None
    return found.value.failure


@pytest.mark.parametrize(
    ("tests", "how"), [(2, ()), (1, ("-k", "fixture", "-n", "1"))], ids=["alone", "xdist"]
)
def test_a_failure_has_a_section_with_words_diagram_and_command(
    pytester: pytest.Pytester, tests: int, how: tuple[str, ...]
) -> None:
    pytester.makepyfile(TESTS)

    done = pytester.runpytest_subprocess(
        "--paxos-seed", str(SEED), "--paxos-failures", "found", *how
    )

    done.assert_outcomes(failed=tests)
    text = done.stdout.str()
    assert len(re.findall(r"^-+ paxos_des -+$", text, re.MULTILINE)) == tests
    assert "1  lose the Accept of slot 0, ballot (1, 1) from leader-1 to acceptor-1" in text
    assert re.search(r"16\.5 ms .*o-Accept-+>V", text)
    assert re.search(r"^simulated with --paxos-seed 73$", text, re.MULTILINE)
    assert ("schedule=Schedule: the dull run" in text) == (tests == 2)
    commands = re.findall(r"paxos-des replay (\S+\.json)", text)
    assert len(commands) == tests
    assert all(Failure.load(name).replay().first_violation for name in commands)
    assert {Path(name).name for name in commands} == {
        path.name for path in (pytester.path / "found").iterdir()
    }


def test_a_replay_is_the_only_test_and_fails_while_the_check_is_violated(
    pytester: pytest.Pytester, failure: Failure
) -> None:
    pytester.makepyfile(TESTS)
    failure.save(pytester.path / "failure.json")

    done = pytester.runpytest_subprocess("--paxos-replay", "failure.json", "-n", "1")

    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        ["*replay failure.json*", "chosen-once is violated*", "* paxos_des *", "*lose the Accept*"]
    )


def test_several_replays_are_tests_of_their_own(
    pytester: pytest.Pytester, failure: Failure
) -> None:
    mended = pytester.path / "mended.json"
    failure.save(mended)
    text = mended.read_text(encoding="utf-8").replace("own-value", "multi-paxos")
    mended.write_text(text, encoding="utf-8")
    (pytester.path / "none.json").write_text("[]", encoding="utf-8")

    done = pytester.runpytest_subprocess("--paxos-replay", mended, "--paxos-replay", "none.json")

    done.assert_outcomes(passed=1, failed=1)
    assert "none.json: found" in done.stdout.str()
    assert "Traceback" not in done.stdout.str()


def test_an_unknown_profile_is_refused_in_one_line(pytester: pytest.Pytester) -> None:
    done = pytester.runpytest_subprocess("--paxos-profile", "depe")

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "did you mean 'deep'" in done.stderr.str()


def test_importing_the_plugin_imports_nothing_that_takes_time(pytester: pytest.Pytester) -> None:
    seen = "import sys, paxos_des.testing.plugin; print(sorted(sys.modules))"

    done = pytester.run(sys.executable, "-c", seen)

    for module in ("numpy", "hypothesis", "simpy", "msgspec"):
        assert f"'{module}'" not in done.stdout.str()


def test_the_fixture_uses_its_seed_unless_another_is_given() -> None:
    duel = Scenario.named("duel")
    paxos = Paxos(7)

    assert paxos.simulate(duel).seed == 7
    assert paxos.simulate(duel, seed=8).seed == 8
    assert paxos.simulate(duel, schedule=()).seed is None
