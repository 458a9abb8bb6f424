"""The folder of a sweep: what else may be in it, what is refused, and that nothing is lost."""

import fcntl
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from shell import assert_refuses, in_process
from sweeps import (
    command,
    contents,
    digest_in,
    digest_of,
    digest_of_plan,
    ended,
    made_up,
    plan_of,
    toml_of,
    use,
)

from paxos_des.errors import InputError
from paxos_des.study import Plan, read_results
from paxos_des.study.folder import HASH, PARTS, TABLE
from paxos_des.study.sweeps import sweep
from paxos_des.study.work import Job, Measured, Span


@pytest.fixture
def plan() -> Plan:
    return plan_of()


@pytest.fixture
def finished(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    use(made_up, monkeypatch, rows=5)
    sweep(plan, tmp_path / "finished")
    return tmp_path / "finished"


@pytest.fixture
def unfinished(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with some parts, and some runs that are not done."""

    def stops(span: Span, replication: int, job: Job) -> Measured:
        if span.point == 2:
            raise KeyboardInterrupt
        return made_up(span, replication, job)

    use(stops, monkeypatch, rows=3)
    with pytest.raises(KeyboardInterrupt):
        sweep(plan, tmp_path / "unfinished")
    use(made_up, monkeypatch, rows=3)
    return tmp_path / "unfinished"


def assert_refused(says: str, plan: Plan, folder: Path) -> None:
    """Assert that a sweep is refused in one sentence, and changes nothing."""
    before = contents(folder) if folder.is_dir() else None
    with pytest.raises(InputError, match=says) as refused:
        sweep(plan, folder)

    sentence = str(refused.value)
    assert sentence.count("found ") >= 1
    assert "allowed" in sentence
    assert "\n" not in sentence
    if before is not None:
        assert contents(folder) == before


def test_another_plans_results_are_refused(finished: Path, unfinished: Path) -> None:
    says = "another plan, 'small'.* whose replications is 4 in place of 5"

    assert_refused(says, plan_of(replications=5), finished)
    assert_refused(says, plan_of(replications=5), unfinished)
    assert_refused("'small-quick'", plan_of(quick={"points": 1}).quick(), finished)


def test_another_versions_unfinished_parts_are_refused_and_its_table_is_not(
    plan: Plan, finished: Path, unfinished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("paxos_des.study.folder.__version__", "9.9")

    says = "an unfinished sweep of paxos_des 0.1.0; allowed is one of 9.9"
    assert_refused(says, plan, unfinished)
    assert sweep(plan, finished).before == 12


@pytest.mark.parametrize("name", ["table.parquet", "other.parquet", "parts", "sweep.log"])
def test_a_folder_with_somebody_elses_table_is_refused(
    plan: Plan, tmp_path: Path, name: str
) -> None:
    if name == "parts":
        (tmp_path / name).mkdir()
    (tmp_path / name / "mine.parquet" if name == "parts" else tmp_path / name).write_text("mine")

    assert_refused(f"{name} there, and no plan.json", plan, tmp_path)


def test_a_folder_with_something_else_is_as_good(plan: Plan, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine", encoding="utf-8")
    sweep(plan, tmp_path)

    assert (tmp_path / "README.md").read_text(encoding="utf-8") == "mine"


def test_the_table_of_another_plan_is_refused(plan: Plan, finished: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    sweep(plan_of(replications=2), other)
    for name in (TABLE, HASH):
        shutil.copy(other / name, finished / name)

    assert_refused("the table of another plan", plan, finished)
    with pytest.raises(InputError, match="the table of another plan"):
        read_results(finished)


def test_any_flipped_byte_of_the_table_is_found(plan: Plan, finished: Path) -> None:
    _each_damaged(finished / TABLE, lambda: assert_refused("it damaged: its hash", plan, finished))
    (finished / TABLE).write_bytes(b"")
    with pytest.raises(InputError, match="it damaged: its hash"):
        read_results(finished)


def test_any_flipped_byte_of_a_part_is_found(plan: Plan, unfinished: Path, tmp_path: Path) -> None:
    part = max((unfinished / PARTS).iterdir())
    _each_damaged(part, lambda: assert_refused("it damaged: its content", plan, unfinished))

    assert digest_of(sweep(plan, unfinished)) == digest_of_plan(plan, tmp_path / "whole")


def _each_damaged(path: Path, deed: Callable[[], object]) -> None:
    """Do something for each way in which a file is damaged; then it is whole again."""
    content = path.read_bytes()
    flipped = (
        content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        for at in range(0, len(content), len(content) // 20)
    )
    for damaged in (b"", content[:-1], content + b"\0", *flipped):
        path.write_bytes(damaged)
        deed()
    path.write_bytes(content)


def test_without_its_damaged_part_a_sweep_goes_on(
    plan: Plan, unfinished: Path, tmp_path: Path
) -> None:
    min((unfinished / PARTS).iterdir()).unlink()

    assert digest_of(sweep(plan, unfinished)) == digest_of_plan(plan, tmp_path / "whole")


def test_foreign_and_doubled_parts_are_refused(
    plan: Plan, unfinished: Path, tmp_path: Path
) -> None:
    parts = unfinished / PARTS
    (parts / "mine.parquet").write_text("mine", encoding="utf-8")
    assert_refused("mine.parquet: found no part of this plan", plan, unfinished)
    (parts / "mine.parquet").unlink()
    sweep(plan_of(name="other"), tmp_path / "x")  # a table of another plan, in the guise of a part
    content = (tmp_path / "x" / TABLE).read_bytes()
    guise = f"p000002-r00000000-4-{digest_in(tmp_path / 'x')[:16]}.parquet"
    (parts / guise).write_bytes(content)
    assert_refused("a part of the plan", plan, unfinished)
    (parts / guise).rename(parts / guise.replace("p000002", "p000000"))
    assert_refused("rows that .* has too", plan, unfinished)


def test_a_part_in_the_place_of_another_is_refused(plan: Plan, unfinished: Path) -> None:
    part = min((unfinished / PARTS).iterdir())
    part.rename(part.with_name(part.name.replace("p000000-r00000000", "p000002-r00000000")))

    assert_refused("the rows of another place", plan, unfinished)


def test_a_damaged_plan_is_refused(plan: Plan, finished: Path) -> None:
    path = finished / "plan.json"
    content = path.read_text(encoding="utf-8")
    for damaged, says in (
        ("", "plan.json: found it damaged"),
        (content[:-9], "plan.json: found it damaged"),
        (content.replace('"version": 1', '"version": 2'), "version 2"),
        (content.replace("paxos-des-sweep", "another"), "format 'another'"),
    ):
        path.write_text(damaged, encoding="utf-8")
        assert_refused(says, plan, finished)


def test_a_file_in_place_of_the_folder_is_refused(plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("mine", encoding="utf-8")

    assert_refused("found a file", plan, path)
    assert_refused("no way to write it", plan, path / "below")
    assert_refused("no way to write it", plan, tmp_path / "null\0byte")
    assert path.read_text(encoding="utf-8") == "mine"


def test_one_sweep_at_a_time(plan: Plan, finished: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("paxos_des.study.folder.LOCK_WAIT_S", 0.05)
    descriptor = os.open(finished, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        assert_refused("another sweep at work there; allowed is one at a time", plan, finished)
    finally:
        os.close(descriptor)

    assert sweep(plan, finished).before == 12


def test_a_failure_file_that_is_somebody_elses_is_not_overwritten(
    plan: Plan, unfinished: Path
) -> None:
    (unfinished / "failures" / "201.json").write_text("mine", encoding="utf-8")

    with pytest.raises(InputError, match=r"201\.json: found another failure there"):
        sweep(plan, unfinished)

    assert (unfinished / "failures" / "201.json").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("full", ["at once", "at a part", "at the table"])
def test_a_full_disk_is_told_and_nothing_is_lost(
    tmp_path: Path, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit on files' sizes: what is too large finds no room."""
    use(made_up, monkeypatch, rows=5)
    monkeypatch.setattr("paxos_des.study.tables.GROUP", 20)
    file = toml_of(tmp_path / "small.toml", replications=30)
    whole = sweep(Plan.load(file), tmp_path / "whole")
    plan_bytes = (tmp_path / "whole" / "plan.json").stat().st_size
    bytes_max = {
        "at once": 1_000,  # more than the sentence that says so
        "at a part": plan_bytes,
        "at the table": whole.table.stat().st_size - 1,
    }[full]
    sweeping = command("sweep", file, "--out", str(tmp_path / "full"))

    def limited() -> object:
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
        return sweeping()

    said = ended(limited, tmp_path / "said")

    assert_refuses("File too large", said)
    assert "the same command goes on from there" in said[2]
    assert not list((tmp_path / "full").rglob("*.part"))
    assert bool(list((tmp_path / "full").glob("parts/*"))) == (full == "at the table")
    assert sweep(Plan.load(file), tmp_path / "full").runs == 90
    assert digest_in(tmp_path / "full") == digest_of(whole)


def test_results_of_an_unfinished_sweep_are_refused(unfinished: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a sweep that is not finished; .* goes on"):
        read_results(unfinished)
    with pytest.raises(InputError, match="no way to read it"):
        read_results(tmp_path / "nowhere")


def test_the_command_refuses_in_a_sentence(finished: Path, tmp_path: Path) -> None:
    file = toml_of(tmp_path / "small.toml", replications=9)

    said = in_process("sweep", file, "--out", str(finished))

    assert_refuses("another plan takes another folder", said)
