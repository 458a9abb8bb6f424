"""A hunt that was killed, at whatever moment, goes on; what is no journal of it is refused."""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hunting import BROKEN, AsTold, hunt_as_told, told
from hypothesis import given
from hypothesis import strategies as st
from shell import fuzzed_a_little, mutations

from paxos_des.errors import InputError
from paxos_des.explore import journal, worker
from paxos_des.explore.hunt import hunt
from paxos_des.explore.hunted import Report
from paxos_des.explore.journal import JOURNAL
from paxos_des.explore.shrink import Shrunk
from paxos_des.failure import Failure

FAILS = {5: "agreement", 6: "agreement", 60: "promises"}


class Killed(BaseException):
    """Nothing of ours runs after it, but for what Python does by itself."""


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many short lines: a chunk ends after each seed, and shrinking at once."""
    monkeypatch.setattr("paxos_des.explore.worker.shrink", at_once)
    monkeypatch.setattr(worker, "CHUNK_S_MAX", 0.0)


@pytest.fixture
def hunted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Report]:
    def go_on(folder: Path = tmp_path / "found", **keys: Any) -> Report:  # noqa: ANN401 - as hunt has them
        return hunt_as_told(AsTold(FAILS), monkeypatch, folder=folder, **keys)

    return go_on


def at_once(failure: Failure, **_: object) -> Shrunk:
    return Shrunk(failure=failure, runs=1, is_minimal=False, before=len(failure.schedule))


def test_what_is_finished_is_told_at_once(
    hunted: Callable[..., Report], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = hunted()
    content = (tmp_path / "found" / JOURNAL).read_bytes()
    idle = AsTold(FAILS)

    second = hunt_as_told(idle, monkeypatch, folder=tmp_path / "found")

    assert told(first) == told(second)
    assert (first.before, second.before) == (0, 100)
    assert idle.tried == []
    assert (tmp_path / "found" / JOURNAL).read_bytes() == content


def test_goes_on_from_a_journal_that_ends_anywhere(
    hunted: Callable[..., Report], tmp_path: Path
) -> None:
    whole = hunted()
    path = tmp_path / "found" / JOURNAL
    content = path.read_bytes()
    for end in range(0, len(content), 131):
        path.write_bytes(content[:end])

        assert told(hunted()) == told(whole), end
        kept = content[: content.rfind(b"\n", 0, end) + 1]
        assert path.read_bytes().startswith(kept), end


def test_goes_on_with_more_seeds_and_tells_of_fewer(hunted: Callable[..., Report]) -> None:
    few = hunted(seeds=range(30))
    more = hunted(seeds=range(100))
    fewer = hunted(seeds=range(20))

    assert (few.schedules, more.schedules, fewer.schedules) == (30, 100, 20)
    assert (more.before, fewer.before) == (30, 20)
    assert (len(few.finds), len(more.finds), len(fewer.finds)) == (1, 2, 1)
    assert (fewer.behaviours, fewer.once) == (10, 0)


def test_goes_on_after_it_stopped_for_failures_enough(hunted: Callable[..., Report]) -> None:
    first, second, third = hunted(stop_after=1), hunted(stop_after=1), hunted()

    assert told(first) == told(second)
    assert first.schedules == 6
    assert third.schedules == 100
    assert len(third.finds) == 2


def test_a_failure_whose_file_is_gone_is_found_again(
    hunted: Callable[..., Report], tmp_path: Path
) -> None:
    first = hunted()
    lost = tmp_path / "found" / str(first.finds[0].file)
    content = lost.read_bytes()
    lost.unlink()

    assert told(hunted()) == told(first)
    assert lost.read_bytes() == content


@pytest.mark.parametrize("moment", range(1, 60, 4))
def test_a_hunt_that_dies_at_any_moment_goes_on(
    hunted: Callable[..., Report], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moment: int
) -> None:
    """A write, a sync or a rename is its last: half of a write is there, then."""
    whole = hunted(tmp_path / "whole")
    monkeypatch.setattr(journal, "SYNC_EVERY_S", 0.0)
    with monkeypatch.context() as patch:
        _die_at(moment, patch)
        with pytest.raises(Killed):
            hunted()

    assert told(hunted()) == told(whole)


def _die_at(moment: int, patch: pytest.MonkeyPatch) -> None:
    calls = 0

    def dying(true: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **keys: Any) -> Any:  # noqa: ANN401 - whatever it takes
            nonlocal calls
            calls += 1
            if calls == moment:
                if name == "write":
                    file, text = arguments
                    true(file, text[: len(text) // 2])
                raise Killed
            if calls > moment:
                raise Killed  # nothing happens after a death
            return true(*arguments, **keys)

        return call

    for name in ("write", "fsync", "replace"):
        patch.setattr(os, name, dying(getattr(os, name), name))


CHILD = """
import os, signal, sys
from pathlib import Path
from paxos_des import Scenario
from paxos_des.explore import worker
from paxos_des.explore.hunt import hunt

def die(progress):
    global left
    left -= progress.schedules > 0
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    folder, jobs, left = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    scenario = Scenario.named("duel").replace(protocol="accept-below-promise")
    hunt(scenario, range(60), strategy="weather", checks=("promises",), jobs=jobs,
         folder=folder, on_progress=die)
"""


@pytest.mark.parametrize(("jobs", "deaths"), [(1, (1, 4)), (2, (1, 3))])
def test_a_hunt_killed_by_sigkill_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, jobs: int, deaths: tuple[int, ...]
) -> None:
    """Its other processes end with it: they have our end of the pipe too."""
    monkeypatch.undo()
    for left in deaths:
        killed = subprocess.run(
            [sys.executable, "-c", CHILD, str(tmp_path / "found"), str(jobs), str(left)],
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert (killed.returncode, killed.stdout, killed.stderr) == (-9, b"", b"")
    keys: dict[str, Any] = {"strategy": "weather", "checks": ("promises",)}

    gone_on = hunt(BROKEN, range(60), folder=tmp_path / "found", **keys)

    assert gone_on.before > 0
    assert told(gone_on) == told(hunt(BROKEN, range(60), folder=tmp_path / "whole", **keys))


@pytest.mark.parametrize(
    ("line", "content", "says"),
    [
        (1, b"not a journal\n", "line 1: found"),
        (1, b'{"format":"paxos-des-failure","version":1}\n', "line 1: found"),
        (3, b"garbage\n", "line 3: found"),
        (3, b"\xff\xfe\0\n", "line 3: found"),
        (3, b"[]\n", "line 3: found"),
        (3, b'{"line":"chunk","first":0}\n', "line 3: found"),
        (3, b'{"line":"else"}\n', "line 3: found"),
        (
            3,
            b'{"line":"chunk","first":0,"last":1,"seconds":1,"steps":1,"behaviours":"AAAAAAAAAAA="}\n',
            "seeds that another line has too",
        ),
        (
            3,
            b'{"line":"chunk","first":200,"last":201,"seconds":1,"steps":1,"behaviours":"AAAA"}\n',
            "3 bytes of behaviours for 1 seeds",
        ),
        (
            3,
            b'{"line":"chunk","first":9,"last":9,"seconds":1,"steps":1,"behaviours":""}\n',
            "seeds 9 to 9",
        ),
    ],
)
def test_a_damaged_journal_is_refused_in_a_sentence(
    hunted: Callable[..., Report], tmp_path: Path, line: int, content: bytes, says: str
) -> None:
    hunted()
    path = tmp_path / "found" / JOURNAL
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = content
    path.write_bytes(b"".join(lines))

    with pytest.raises(InputError) as refused:
        hunted()

    assert says in str(refused.value)
    assert "hunt.jsonl, line" in str(refused.value)
    assert path.read_bytes() == b"".join(lines)


@fuzzed_a_little
@given(st.data())
def test_a_journal_that_anything_happened_to_is_read_or_refused(data: st.DataObject) -> None:
    content = _whole_journal()
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr("paxos_des.explore.worker.shrink", at_once)
        (Path(name) / JOURNAL).write_bytes(data.draw(mutations(content)))
        with suppress(InputError):
            report = hunt_as_told(AsTold(FAILS), patch, folder=Path(name))
            assert report.schedules == 100


@cache
def _whole_journal() -> bytes:
    with TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
        patch.setattr("paxos_des.explore.worker.shrink", at_once)
        hunt_as_told(AsTold(FAILS), patch, folder=Path(name))
        return (Path(name) / JOURNAL).read_bytes()


def test_what_is_no_journal_is_left_alone(hunted: Callable[..., Report], tmp_path: Path) -> None:
    path = tmp_path / "found" / JOURNAL
    path.parent.mkdir()
    path.write_text("my notes", encoding="utf-8")

    with pytest.raises(InputError, match="no journal of this hunt"):
        hunted()

    assert path.read_text(encoding="utf-8") == "my notes"


@pytest.mark.parametrize(
    ("says", "keys"),
    [
        ("first seed is 0; allowed is 1", {"seeds": range(1, 100)}),
        ("checks is", {"checks": ("agreement",)}),
    ],
)
def test_another_hunt_in_the_folder_is_refused(
    hunted: Callable[..., Report], says: str, keys: dict[str, Any]
) -> None:
    hunted()

    with pytest.raises(InputError, match=says):
        hunted(**keys)


def test_another_scenario_or_strategy_is_refused(
    hunted: Callable[..., Report], tmp_path: Path
) -> None:
    hunted()

    with pytest.raises(InputError, match=r"scenario's drop is 0\.1; allowed is 0\.2"):
        hunt(BROKEN.replace(drop=0.2), range(100), strategy="weather", folder=tmp_path / "found")
    with pytest.raises(InputError, match="strategy is 'as-told'; allowed is 'weather'"):
        hunt(BROKEN, range(100), strategy="weather", folder=tmp_path / "found")


def test_one_hunt_at_a_time(hunted: Callable[..., Report]) -> None:
    refused: list[object] = []

    def at_the_same_time(_: object) -> None:
        if not refused:
            with pytest.raises(InputError, match="another hunt at work") as one:
                hunted()
            refused.append(one)

    hunted(on_progress=at_the_same_time)

    assert len(refused) == 1


def test_a_folder_that_cannot_be_is_refused(hunted: Callable[..., Report], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "odd" / JOURNAL).mkdir(parents=True)
    os.mkfifo(tmp_path / JOURNAL)

    for folder in (tmp_path / "file", tmp_path / "odd", tmp_path, tmp_path / "null\0"):
        with pytest.raises(InputError, match=r"hunt\.jsonl'?: found"):
            hunted(folder)
