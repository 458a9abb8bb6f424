"""Sweeps: a table that is a function of its plan, whoever does the work, and whatever ends it."""

import io
import os
import re
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from study_runs import results_of
from sweeps import (
    LEVELS,
    command,
    contents,
    digest_in,
    digest_of,
    digest_of_plan,
    ended,
    made_up,
    plan_of,
    started,
    toml_of,
    use,
)

from paxos_des.errors import InputError
from paxos_des.study import Plan, read_results, work
from paxos_des.study.columns import POINT, Cell, Column
from paxos_des.study.folder import HASH, LOG, PARTS, TABLE, opened
from paxos_des.study.places import Places, Stretch
from paxos_des.study.sweeping import DEATHS_MAX, Given, Progress, Sweeping
from paxos_des.study.sweeps import sweep
from paxos_des.study.tables import part_content, schema_of, write_table
from paxos_des.study.work import Job, Measured, Span

RUNS = 340


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_of(replications=RUNS)


@pytest.fixture(scope="module")
def digest(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> str:
    return digest_of_plan(plan, tmp_path_factory.mktemp("one") / "process")


@pytest.mark.parametrize("keys", [{}, {"weather": "own", "seed": 7}])
def test_the_table_holds_what_the_runs_measured(tmp_path: Path, keys: dict[str, object]) -> None:
    plan = plan_of(**keys)

    found = sweep(plan, tmp_path).results()

    expected = results_of(plan)
    assert {name: list(cells) for name, cells in found.columns.items()} == expected.columns
    assert found.plan == plan
    assert len(found) == 4 * len(LEVELS)


def test_two_processes_make_the_same_table(plan: Plan, digest: str, tmp_path: Path) -> None:
    assert digest_of(sweep(plan, tmp_path, jobs=2)) == digest


@pytest.mark.parametrize("of_what", ["an executor", "who makes one"])
def test_so_does_any_executor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_what: str
) -> None:
    use(made_up, monkeypatch, rows=10)
    plan = plan_of(replications=50)
    with ThreadPoolExecutor(2) as threads:
        given = threads if of_what == "an executor" else lambda: ThreadPoolExecutor(3)

        found = digest_of(sweep(plan, tmp_path / "threads", executor=given))

    assert found == digest_of_plan(plan, tmp_path / "whole")


@pytest.mark.deep
def test_so_does_dask(tmp_path: Path) -> None:
    arguments = ("sweep", toml_of(tmp_path / "small.toml", replications=300), "--out")
    ended(command(*arguments, str(tmp_path / "one")), tmp_path / "said")

    code, _, complaint = ended(
        command(*arguments, str(tmp_path / "dask"), "--dask", "local", "--jobs", "2"),
        tmp_path / "said",
    )

    assert (code, complaint) == (0, "")
    assert digest_in(tmp_path / "dask") == digest_in(tmp_path / "one")


def test_how_the_work_was_cut_does_not_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the pages either: they are of groups of rows, which are longer than some parts."""
    monkeypatch.setattr("paxos_des.study.tables.GROUP", 40)
    plan = plan_of(replications=20)
    digests = set()
    for most in (7, 10, 60):
        use(made_up, monkeypatch, rows=most)
        digests.add(digest_of_plan(plan, tmp_path / str(most)))

    assert len(digests) == 1
    file = pq.ParquetFile(tmp_path / "7" / TABLE)
    rows = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
    assert rows == [40, 20]


def test_neither_does_it_where_a_group_has_many_pages(tmp_path: Path) -> None:
    """Where a page ends depends on what is written at once: so a group is, in one piece."""
    columns = (POINT, Column("reply_us", "ints", "lists that are no two the same"))
    schema = schema_of(columns, {"digest": "0"})
    rows: list[dict[str, Cell]] = [
        {"point": at, "reply_us": tuple(7_919 * (100 * at + nth) for nth in range(100))}
        for at in range(3_000)
    ]
    digests = set()
    for size in (700, 1_000, 3_000):
        paths = []
        for start in range(0, len(rows), size):
            paths.append(tmp_path / f"{size}-{start}")
            paths[-1].write_bytes(part_content(rows[start : start + size], schema))
        digests.add(write_table(paths, schema, io.BytesIO()))

    assert len(digests) == 1


def test_nothing_in_the_table_is_of_the_clock(tmp_path: Path) -> None:
    plan = plan_of()
    sweep(plan, tmp_path)

    file = pq.ParquetFile(tmp_path / TABLE)
    assert file.schema_arrow.names == [column.name for column in plan.columns]
    assert file.schema_arrow.metadata[b"digest"].decode() == plan.digest
    assert '"event":"finished"' in (tmp_path / LOG).read_text(encoding="utf-8")


@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.deep), 3])
def test_a_kill_at_any_moment_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Before, and after, everything that is done to files: so each state that a kill leaves."""
    use(made_up, monkeypatch, rows=5)
    plan = plan_of()
    digest = digest_of_plan(plan, tmp_path / "whole")
    failures = contents(tmp_path / "whole" / "failures")
    for moment in range(0, 500, step):
        folder = tmp_path / str(moment)
        code, _, _ = ended(lambda: _killed_at(moment, plan, folder), tmp_path / "said")  # noqa: B023 - called at once
        found = sweep(plan, folder)

        assert digest_of(found) == digest, moment
        assert contents(folder / "failures") == failures, moment
        assert sorted(one.name for one in folder.iterdir()) == [
            "failures", "plan.json", LOG, TABLE, HASH,
        ], moment  # fmt: skip
        if code == 0:
            break

    assert code == 0
    assert moment > 50, moment


def _killed_at(moment: int, plan: Plan, folder: Path) -> None:
    """Sweep, and be killed when so many things were done to files."""
    left = [moment]

    def or_die(deed: Callable[..., object]) -> Callable[..., object]:
        def done(*args: object, **keys: object) -> object:
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left[0] -= 1
            return deed(*args, **keys)

        return done

    # The process ends, and with it what is changed here.
    for name in ("open", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir", "write"):
        setattr(os, name, or_die(getattr(os, name)))
    sweep(plan, folder)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_command_goes_on(digest: str, tmp_path: Path, jobs: str) -> None:
    folder = tmp_path / "killed"
    file = toml_of(tmp_path / "small.toml", replications=RUNS)
    sweeping = command("sweep", file, "--jobs", jobs, "--out", str(folder))
    for parts in (1, 4):
        process = started(sweeping, tmp_path / "said")
        _wait_until(lambda: len(list(folder.glob("parts/*.parquet"))) >= parts)  # noqa: B023 - called at once
        process.kill()
        process.join()

    code, said, complaint = ended(sweeping, tmp_path / "said")

    assert (code, complaint) == (0, "")
    assert "were there before" in said
    assert digest_in(folder) == digest


def _wait_until(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until, "it does not come"
        threading.Event().wait(0.002)


def test_a_worker_that_dies_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(replications=30)
    use(made_up, monkeypatch)
    digest = digest_of_plan(plan, tmp_path / "whole")
    use(_Deadly(tmp_path / "died", times=2), monkeypatch)

    found = sweep(plan, tmp_path / "died in", jobs=2)

    assert digest_of(found) == digest
    log = (tmp_path / "died in" / LOG).read_text(encoding="utf-8")
    assert log.count('"event":"replaced"') == 2


def test_a_run_that_always_kills_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(_Deadly(tmp_path / "died", times=DEATHS_MAX), monkeypatch)
    plan = plan_of(replications=30)

    with pytest.raises(InputError, match="3 times in a row") as refused:
        sweep(plan, tmp_path / "out", jobs=2)

    point, first, last_point, last = (
        int(one) for one in re.findall(r"\d+", str(refused.value))[:4]
    )
    assert (point, first) <= (1, _Deadly.replication) <= (last_point, last)
    use(made_up, monkeypatch)
    assert digest_of(sweep(plan, tmp_path / "out")) == digest_of_plan(plan, tmp_path / "whole")


def test_a_task_that_was_there_at_two_deaths_is_done_alone(plan: Plan, tmp_path: Path) -> None:
    """So the third time it is known whose fault it is."""
    places = Places(plan.points)
    suspect, other = Given(Stretch(0, 9), deaths=DEATHS_MAX - 1), Given(Stretch(9, 18))
    with opened(tmp_path / "out", plan, places) as folder:
        sweeping = Sweeping(plan, folder, places, 2, ())
        sweeping._lost.extend([suspect, other])
        sweeping._under_way[Future()] = other

        assert sweeping._next(2) is None
        sweeping._under_way.clear()
        assert sweeping._next(2) is suspect
        sweeping._under_way[Future()] = suspect
        assert sweeping._next(2) is None
        sweeping._under_way.clear()
        assert sweeping._next(2) is other


class _Deadly:
    """Makes runs up, but for one, which kills whoever does it, so many times."""

    replication = 17

    def __init__(self, path: Path, times: int) -> None:
        self._path = path
        self._times = times

    def __call__(self, span: Span, replication: int, job: Job) -> Measured:
        if (span.point, replication) == (1, self.replication):
            died = self._path.stat().st_size if self._path.exists() else 0
            if died < self._times:
                with self._path.open("ab") as file:
                    file.write(b"x")
                os.kill(os.getpid(), signal.SIGKILL)
        return made_up(span, replication, job)


def test_a_task_without_memory_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: list[int] = []

    def scarce(span: Span, replication: int, job: Job) -> Measured:
        if replication == 2 and len(failed) < 2:
            failed.append(replication)
            raise MemoryError
        return made_up(span, replication, job)

    use(scarce, monkeypatch)
    found = sweep(plan_of(), tmp_path)

    assert found.runs == 12
    assert len(failed) == 2


def test_an_executor_that_breaks_and_that_nobody_replaces_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(_Deadly(tmp_path / "died", times=1), monkeypatch)
    with ProcessPoolExecutor(1) as pool:
        with pytest.raises(InputError, match="allowed is one that lives, or a function"):
            sweep(plan_of(replications=30), tmp_path / "out", executor=pool)

        found = sweep(plan_of(replications=30), tmp_path / "out", executor=_pool)

    assert found.before > 0


def _pool() -> Executor:
    return ProcessPoolExecutor(1)


def test_progress_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(made_up, monkeypatch, rows=4)
    told: list[Progress] = []
    sweep(plan_of(), tmp_path, on_progress=told.append)

    assert [one.runs for one in told] == sorted({one.runs for one in told})
    assert told[-1] == Progress(runs=12, wanted=12, before=0, violated=3, broken=3)
    assert {one.wanted for one in told} == {12}


def test_what_is_finished_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(made_up, monkeypatch)
    plan = plan_of()
    first = sweep(plan, tmp_path)
    before = contents(tmp_path)
    monkeypatch.setattr(work, "measured", None)  # nobody calls it

    second = sweep(plan, tmp_path)

    assert (second.runs, second.violated, second.unknown, second.broken) == (12, 3, 0, 3)
    assert (first.before, second.before) == (0, 12)
    assert first.failures == second.failures
    assert contents(tmp_path) == before


def test_another_question_to_the_same_runs_is_noted(tmp_path: Path) -> None:
    sweep(plan_of(question="Why?"), tmp_path)
    before = contents(tmp_path)
    sweep(plan_of(question="Why not?"), tmp_path)

    after = contents(tmp_path)
    assert {name for name in before if before[name] != after[name]} == {"plan.json"}
    assert read_results(tmp_path).plan.question == "Why not?"


def test_an_interrupt_keeps_what_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of()

    def interrupted(span: Span, replication: int, job: Job) -> Measured:
        if span.point == 1:
            raise KeyboardInterrupt
        return made_up(span, replication, job)

    use(interrupted, monkeypatch, rows=2)
    with pytest.raises(KeyboardInterrupt):
        sweep(plan, tmp_path)
    assert list((tmp_path / PARTS).iterdir())
    use(made_up, monkeypatch, rows=2)
    found = sweep(plan, tmp_path)

    assert 0 < found.before <= 4
    assert '"error":"KeyboardInterrupt"' in (tmp_path / LOG).read_text(encoding="utf-8")
