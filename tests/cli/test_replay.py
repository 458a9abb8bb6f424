"""`paxos-des replay`: does it still fail? In words, in JSON, and as `git bisect run` asks."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from failures import DUEL, duel_failure
from shell import assert_refuses, in_process

from paxos_des.__main__ import main as begin
from paxos_des.cli import replay as command
from paxos_des.engine.choices import Decision, Key
from paxos_des.failure import Failure

NEVER = Decision(Key("drop", ("leader-1", "acceptor-2"), '{"type":"Accept","slot":4}', 1), True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "failure.json"
    duel_failure().save(path)
    return path


def replayed(file: Path, failure: Failure, *options: str) -> tuple[int, Any]:
    failure.save(file)
    code, printed, complaint = in_process("replay", str(file), "--json", *options)
    assert complaint == ""
    return code, msgspec.json.decode(printed)


def test_a_failure_that_fails_again_ends_with_1(file: Path) -> None:
    code, printed, complaint = in_process("replay", str(file))

    assert (code, complaint) == (1, "")
    assert "agreement is violated again, at 22.54 ms: slot 0: leader-1 learned" in printed
    assert f"{duel_failure().digest}, the same" in printed
    assert "skipped" not in printed


def test_it_says_when_the_digest_is_another(file: Path) -> None:
    replace(duel_failure(), digest="1" * 64).save(file)

    code, printed, _ = in_process("replay", str(file))

    assert code == 1
    assert "another than before" in " ".join(printed.split())


def test_a_failure_that_fails_no_longer_ends_with_0(file: Path) -> None:
    mended = replace(duel_failure(), scenario=DUEL.replace(protocol="multi-paxos"))
    mended.save(file)

    code, printed, _ = in_process("replay", str(file))

    assert code == 0
    assert "agreement is no longer violated, and all other checks hold" in printed


def test_interventions_whose_moment_never_comes_are_reported_in_words(file: Path) -> None:
    failure = replace(duel_failure(), schedule=(*duel_failure().schedule, NEVER))
    failure.save(file)

    code, printed, _ = in_process("replay", str(file))

    assert code == 1
    assert "1 of 38: what they are about never came" in printed
    assert "1  lose the Accept of slot 4 from leader-1 to acceptor-2" in printed


def test_another_check_that_is_violated_now_ends_with_3(file: Path) -> None:
    code, found = replayed(file, replace(duel_failure(), check="ballots"))

    assert code == 3
    assert not found["again"]
    assert [one["check"] for one in found["violations"]] == ["promises"]


def test_a_check_that_cannot_decide_ends_with_3(file: Path) -> None:
    """Nothing is chosen, so that nothing is proved."""
    nothing = replace(duel_failure(), scenario=DUEL.replace(drop=0, failed_acceptors=2))

    code, found = replayed(file, nothing)

    assert (code, found["verdict"]) == (3, "unknown")
    assert found["checks"]["progress"] == "unknown"


def test_a_protocol_that_breaks_off_is_no_verdict(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Failure) -> None:
        raise KeyError(_)

    monkeypatch.setattr(Failure, "replay", breaks)
    code, found = replayed(file, duel_failure())

    assert code == command.OTHERWISE
    assert found["verdict"] == "unknown"
    assert found["broke"].startswith("KeyError")


def test_a_replay_that_computes_for_too_long_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A storm over a thousand nodes leaves little in the trace at first, and takes minutes."""

    def computes(_: Failure) -> None:
        while True:
            pass

    monkeypatch.setattr(command, "SECONDS_MAX", 0.05)
    monkeypatch.setattr(Failure, "replay", computes)

    assert_refuses("no end in 0.05 s of computing", in_process("replay", str(file)))
    assert in_process("replay", "--bisect", str(file))[0] == 125


def test_json_holds_what_the_words_say(file: Path) -> None:
    failure = replace(duel_failure(), schedule=(*duel_failure().schedule, NEVER))

    code, found = replayed(file, failure)

    assert code == 1
    assert (found["check"], found["again"], found["same_digest"]) == ("agreement", True, True)
    assert found["skipped"] == [
        {**NEVER.to_dict(), "says": "lose the Accept of slot 4 from leader-1 to acceptor-2"}
    ]
    assert found["digest"] == duel_failure().digest


@pytest.mark.parametrize(
    "change", [{"check": "ballots"}, {"scenario": DUEL.replace(failed_acceptors=2)}]
)
def test_bisecting_skips_what_cannot_be_told(file: Path, change: dict[str, Any]) -> None:
    assert replayed(file, replace(duel_failure(), **change), "--bisect")[0] == 125
    assert replayed(file, duel_failure(), "--bisect")[0] == 1


@pytest.mark.parametrize(
    "arguments",
    [("none.json",), ("none.json", "--import", "nothing_of_this_name"), (), ("--nonsense",)],
)
def test_bisecting_skips_what_is_wrong(arguments: tuple[str, ...]) -> None:
    code, printed, complaint = in_process("replay", "--bisect", *arguments)

    assert (code, printed) == (125, "")
    assert complaint.count("\n") == 1


def test_bisecting_skips_whatever_else_happens(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: object) -> int:
        raise RuntimeError

    monkeypatch.setattr(command, "replay", breaks)

    assert in_process("replay", "--bisect", str(file))[0] == 125
    with pytest.raises(RuntimeError):
        in_process("replay", str(file))


def test_bisecting_skips_a_package_that_cannot_be_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "paxos_des.cli.main", None)
    monkeypatch.setattr(sys, "argv", ["paxos-des", "replay", "--bisect", "it.json"])

    assert begin() == 125
    assert "found no way to begin (ModuleNotFoundError" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["paxos-des", "replay", "it.json"])
    with pytest.raises(ImportError):
        begin()


def test_a_file_may_have_a_name_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"\xff\x1b.json")
    duel_failure().save(path)

    for command_and_options in (("replay",), ("replay", "--json"), ("show",), ("show", "--json")):
        code, printed, complaint = in_process(*command_and_options, str(path))
        assert code == (command_and_options[0] == "replay")
        assert "\\udcff\\x1b.json" in printed.replace("\\\\", "\\")
        assert complaint == ""


def test_refuses_a_module_that_cannot_be_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_module_of_mine.py").write_text("def f(:", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    for name in ("broken_module_of_mine", "no_module_of_mine", "", "..", "a b"):
        assert_refuses("--import: found no way to import", in_process("run", "--import", name))


PROTOCOL = """
from paxos_des.cluster.registry import MULTI_PAXOS, register
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import NULL_BALLOT

class Mine(Acceptor):
    __slots__ = ()
    {body}

register(MULTI_PAXOS.but("mine", acceptor=lambda _, settings: Mine(settings.leaders)))
"""
RIGHT = PROTOCOL.format(body="pass")
WRONG = PROTOCOL.format(
    body="""
    def _binding(self, slot):
        return NULL_BALLOT
"""
)
HISTORY = (
    ("good", RIGHT), ("still good", f"{RIGHT}# a remark\n"), ("unbuildable", "def f(:\n"),
    ("raises", "raise RuntimeError('half done')\n"), ("good again", RIGHT),
    ("forgets its promise", WRONG), ("unregistered", "x = 1\n"), ("bad", f"{WRONG}# a remark\n"),
    ("exits", "import sys\nsys.exit(0)\n"), ("still bad", WRONG),
)  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_git_bisect_finds_the_commit_that_forgot_the_promise(tmp_path: Path) -> None:
    """Though some commits in between cannot be imported, and some register nothing."""
    home = tmp_path / "repository"
    home.mkdir()
    file = tmp_path / "failure.json"
    duel_failure().save(file)
    text = file.read_text(encoding="utf-8").replace('"accept-below-promise"', '"mine"')
    file.write_text(text, encoding="utf-8")
    git(home, "init", "--quiet")
    for words, source in HISTORY:
        (home / "mine.py").write_text(source, encoding="utf-8")
        git(home, "add", "mine.py")
        git(home, "commit", "--quiet", "-m", words)
    git(home, "bisect", "start", "HEAD", f"HEAD~{len(HISTORY) - 1}")

    asked = ("-m", "paxos_des", "replay", "--bisect", "--import", "mine", str(file))
    said = git(home, "bisect", "run", sys.executable, "-B", *asked)

    first_bad = next(line for line in said.splitlines() if "is the first" in line)
    words = git(home, "log", "-1", "--format=%s", first_bad.split()[0]).strip()
    assert words == "forgets its promise"
