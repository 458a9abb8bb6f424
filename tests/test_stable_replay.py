"""A failure replays to the same digest elsewhere, later, and in a package that has grown."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from failures import duel_failure, supposed_failures

import paxos_des
from paxos_des import Scenario, simulate
from paxos_des.failure import Failure

PACKAGE = Path(paxos_des.__file__).parent
SCRIPT = """
import sys
import paxos_des
from paxos_des.failure import Failure
print(paxos_des.__file__)
for path in sys.argv[1:]:
    failure = Failure.load(path)
    print(failure.replay().digest, failure.judged_by_all().digest)
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, str]:
    """Return failure files, each with what its replays give here."""
    folder = tmp_path_factory.mktemp("failures")
    found = {}
    for number, failure in enumerate((duel_failure(), *supposed_failures(), of_all_kinds())):
        path = folder / f"{number}.json"
        failure.save(path)
        found[path] = f"{failure.replay().digest} {failure.judged_by_all().digest}"
    return found


def of_all_kinds() -> Failure:
    """Return a schedule under a nemesis that may do all that there is."""
    nemesis = {"kinds": "all", "every": "20ms", "until": "200ms", "bounded": "no"}
    scenario = Scenario.named("everything").replace(values=3, nemesis=nemesis)
    schedule = simulate(scenario, seed=3).schedule
    return replace(duel_failure(), scenario=scenario, schedule=schedule)


def digests(files: Mapping[Path, str], home: Path, hash_seed: str) -> list[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(home)}
    command = [sys.executable, "-B", "-c", SCRIPT, *map(str, files)]
    done = subprocess.run(
        command, cwd=home, capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    package, *found = done.stdout.splitlines()
    assert Path(package).parent == home / "paxos_des"
    return found


def test_another_process_with_another_hash_seed_gives_the_same_digests(
    files: dict[Path, str],
) -> None:
    assert digests(files, PACKAGE.parent, "4711") == list(files.values())


GROWTH: dict[str, tuple[tuple[str, str, str], ...]] = {
    "a message type and a log line": (
        (
            "protocol/messages.py",
            "class Gossip(Message, frozen=True, gc=False):\n    about: str\n\n\n",
            "ClientMessage = Reply | Redirect",
        ),
        (
            "protocol/messages.py",
            "Gossip | ",
            "Prepare\n    | Promise\n    | Accept\n",
        ),
        (
            "cluster/cluster.py",
            "__import__('sys').stderr.write('a run begins')\n        ",
            "receivers = {name: node.boot()",
        ),
    ),
    "a kind of decision": (("engine/choices.py", '"vane", ', '"drop", "duplicate", "delay"'),),
    "a kind of fault": (
        ("cluster/faults.py", '"melt", ', '"fail", "heal", "crash", "restart"'),
        ("cluster/faults.py", '"melt": Rule("melt", "node"),\n    ', '"fail": Rule("fail"'),
        ("cluster/fault_model.py", '"melt", ', '"crash", "storm", "pause"'),
    ),
}
"""What is put into a copy of the package: in which file, what, and before what."""


@pytest.mark.parametrize("change", GROWTH)
def test_a_package_that_has_grown_gives_the_same_digests(
    tmp_path: Path, files: dict[Path, str], change: str
) -> None:
    copy = tmp_path / "paxos_des"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for name, new, place in GROWTH[change]:
        text = (copy / name).read_text(encoding="utf-8")
        assert place in text, (name, place)
        (copy / name).write_text(text.replace(place, new + place), encoding="utf-8")

    assert digests(files, tmp_path, "1") == list(files.values())
