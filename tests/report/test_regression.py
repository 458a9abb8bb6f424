"""A failure's regression test fails while the bug is there, and passes when it is mended."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from failures import DUEL, duel_failure

from paxos_des.cluster.registry import MULTI_PAXOS, registered
from paxos_des.failure import Failure
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.report.regression import assert_mended, regression_test

MENDED = replace(duel_failure(), scenario=DUEL.replace(protocol="multi-paxos"))


def outcome(folder: Path, failure: Failure, name: str) -> tuple[int, str]:
    """Write a failure and its test into a folder; run the test there; return what came of it."""
    failure.save(folder / name)
    source = regression_test(failure, name)
    (folder / "test_it.py").write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_it_fails_while_the_check_is_violated_with_the_failure_in_words(tmp_path: Path) -> None:
    code, printed = outcome(tmp_path, duel_failure(), "agreement-1.json")

    assert code == 1
    assert "test_agreement_holds_in_agreement_1" in printed
    assert "lose the Prepare of ballot (1, 1), slot 0 from leader-1 to acceptor-1" in printed
    assert "paxos-des replay" in printed


def test_it_passes_when_the_check_is_no_longer_violated(tmp_path: Path) -> None:
    name = "wéird 'name\".json"
    MENDED.save(tmp_path / name)
    module = {"__file__": str(tmp_path / "test_it.py")}
    exec(compile(regression_test(MENDED, name), "test_it.py", "exec"), module)  # noqa: S102 - ours

    tests = [found for key, found in module.items() if key.startswith("test_")]
    assert len(tests) == 1
    tests[0]()  # type: ignore[operator] # it is a function


def test_it_uses_public_names_only() -> None:
    lines = regression_test(duel_failure(), "it.json").splitlines()

    imports = [line for line in lines if line.startswith(("from", "import"))]
    assert imports == [
        "from pathlib import Path", "from paxos_des.testing.failures import assert_mended",
    ]  # fmt: skip


def test_it_imports_the_module_of_a_foreign_protocol() -> None:
    mine = MULTI_PAXOS.but("mine", acceptor=lambda _, settings: Acceptor(settings.leaders))
    with registered(mine):
        source = regression_test(replace(MENDED, scenario=DUEL.replace(protocol="mine")), "it.json")

    assert f"\nimport {__name__}  # noqa: F401" in source
    compile(source, "test_it.py", "exec")


@pytest.mark.parametrize("name", ["x", '"""', "\\", "a\\", "{needs}", "é", "x" * 200])
def test_it_is_python_whatever_the_scenario_is_called(name: str) -> None:
    failure = replace(duel_failure(), scenario=DUEL.replace(name=name))

    compile(regression_test(failure, f"{name}.json"), "test_it.py", "exec")


def test_what_is_mended_says_nothing(tmp_path: Path) -> None:
    MENDED.save(tmp_path / "it.json")

    assert_mended(tmp_path / "it.json")
