"""Every command and snippet of the README does what the README says."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from shell import in_process

from paxos_des import Scenario, simulate
from paxos_des.cluster.registry import unregister
from paxos_des.cluster.scenario import KEYS
from paxos_des.engine.delays import Constant, Samples
from paxos_des.study.exact import EXACT
from paxos_des.study.metrics import METRICS
from paxos_des.study.plan import KEYS as PLAN_KEYS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    lines = [line for kind, block in BLOCKS if kind == "console" for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]


def shown_below(command: str) -> list[str]:
    block: str = next(
        block for kind, block in BLOCKS if kind == "console" and f"$ {command}\n" in block
    )
    _, _, below = block.partition(f"$ {command}\n")
    return below.partition("$ ")[0].splitlines()


def snippets() -> list[str]:
    """Return the blocks of Python; an exhibit is a file, and has a test of its own."""
    return [block for kind, block in BLOCKS if kind == "python" and "museum.add" not in block]


def test_commands_run_in_the_order_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = []
    for command in commands():
        if command.startswith("make "):
            continue
        done = run_as_typed(command, tmp_path)
        fails = int("accept-below-promise" in command)
        assert done.returncode == fails, f"{command}: {done.stdout} {done.stderr}"
        # What the page shows below a command is what it prints, though not always all of it.
        shown = [line for line in shown_below(command) if not line.startswith("took")]
        assert set(shown) <= set(done.stdout.splitlines()), command
        ran.append(command)

    assert len(ran) >= 8


def test_make_targets_exist() -> None:
    named = set(re.findall(r"(?:`|\$ )make (\w+)", README))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    assert named >= {"demo", "test"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in named)


def test_the_demonstrations_output_is_the_real_one(tmp_path: Path) -> None:
    shown = next(block for kind, block in BLOCKS if "2009 · seed 0" in block and kind == "console")
    done = run_in_shell(f"{sys.executable} -m paxos_des run 2009", tmp_path)

    real = [line for line in done.stdout.splitlines() if not line.startswith("took")]
    expected = [line for line in shown.splitlines()[1:] if not line.startswith("took")]

    assert len(expected) > 10
    assert expected == real


@pytest.mark.parametrize("number", range(len(snippets())))
def test_snippets_of_python_run(
    number: int,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    try:
        exec(compile(snippets()[number], "README.md", "exec"), {})  # noqa: S102 - our own page
    finally:
        unregister("forgetful")
        unregister("numbering")

    printed = capsys.readouterr().out
    expected = (
        "ok 1 ", "ok ", "learned", "and a core of 18 events", "again slot 0: leader-1 learned",
        "µs more, ± ", "agreement is violated: slot 0", "", "violated 6 came after 1", "ok 500",
    )[number]  # fmt: skip
    assert expected in printed


def test_an_exhibit_takes_under_thirty_lines(tmp_path: Path) -> None:
    """The page's file, and nothing else, is on show, found, and found again, by the page's
    commands.
    """
    section = README.partition("## Add an exhibit")[2].partition("\n## ")[0]
    file, shown = re.findall(r"^```(?:python|text)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    (tmp_path / "starts_afresh.py").write_text(file, encoding="utf-8")
    asked = [line.removeprefix("$ paxos-des ") for line in shown.splitlines()]

    done = [run_in_shell(f"{sys.executable} -m paxos_des {words}", tmp_path) for words in asked]

    assert len(file.splitlines()) < 30
    assert [words.split()[0] for words in asked] == ["museum", "hunt", "replay"]
    assert [(one.returncode, one.stderr) for one in done] == [(0, ""), (1, ""), (1, "")]
    explained, found, again = (one.stdout for one in done)
    assert explained.startswith(file.splitlines()[0].strip('".'))
    assert "self.votes.clear()" in explained
    assert re.search(r"paxos-des hunt starts-afresh .* --import starts_afresh\n", explained)
    assert re.search(r"again +paxos-des replay found/.* --import starts_afresh\n", found)
    assert "agreement is violated again" in again


def test_the_scenario_file_runs(tmp_path: Path) -> None:
    path = tmp_path / "three-leaders.toml"
    path.write_text(next(block for kind, block in BLOCKS if kind == "toml"), encoding="utf-8")

    run = simulate(Scenario.load(path), seed=0)

    assert run.verdict == "ok"
    assert run.stats.chosen == 40
    assert tomllib.loads(path.read_text())["name"] == run.scenario.name


def test_the_measured_network_runs(tmp_path: Path) -> None:
    section = README.partition("### Measured networks")[2].partition("\n## ")[0]
    for kind, name in (("csv", "mine.csv"), ("text", "pings.txt"), ("toml", "measured.toml")):
        found = re.search(rf"^```{kind}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        assert found is not None, kind
        (tmp_path / name).write_text(found[1], encoding="utf-8")

    scenario = Scenario.load(tmp_path / "measured.toml")

    assert scenario.link_model("leader-0", "acceptor-0").delay == Constant(30_250)
    assert scenario.link_model("leader-0", "acceptor-2").delay == Constant(500)
    assert scenario.link_model("client-0", "leader-0").delay == Samples((4_550, 6_150, 52_000))
    assert simulate(scenario, seed=0).verdict == "ok"


def test_the_tables_of_the_measured_network_are_allowed() -> None:
    section = README.partition("### Measured networks")[2].partition("\n## ")[0]
    tables = re.findall(r"`(round_trips = )?(\{ (?:Rome|kind) = [^`]*\})`", section)
    read = [tomllib.loads(f"found = {' '.join(table.split())}")["found"] for _, table in tables]
    matrix, samples = read

    assert Scenario(round_trips=matrix, cities={"*": "Rome"}).round_trips is not None
    assert Scenario(delay=samples).delay == Samples((4_500, 6_000))


def test_every_event_and_field_of_a_trace_is_explained() -> None:
    section = README.partition("A trace is JSON Lines")[2].partition("In Python:")[0]
    run = simulate(Scenario.named("2009").replace(values=3, settle="2s"), seed=0)
    named = set(re.findall(r"`(\w+)`", section))

    assert {word for entry in run.trace for word in (*entry, entry["event"])} <= named


def test_every_key_of_a_scenario_is_explained_with_its_default() -> None:
    section = README.partition("## A scenario")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    explained = {key for row in rows for key in re.findall(r"`(\w+)`", row.split("|")[1])}

    assert explained == {key.removesuffix("_us") for key in KEYS}


def test_every_metric_and_closed_form_is_explained() -> None:
    section = README.partition("\n## Measure\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]

    for metric in METRICS.values():
        columns = ", ".join(f"`{column.name}`" for column in metric.columns)
        assert f"| `{metric.name}` | {metric.says} | {columns} |" in rows
    for exact in EXACT.values():
        assert f"| `{exact.name}` | `{exact.column}` | {exact.says} |" in rows


def test_every_key_of_a_plan_is_explained() -> None:
    section = README.partition("\n## Measure\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    explained = {key for row in rows for key in re.findall(r"`(\w+)`", row)}

    assert explained >= set(PLAN_KEYS)


def test_the_plan_of_the_page_gives_its_figure(tmp_path: Path) -> None:
    section = README.partition("\n## Measure\n")[2].partition("\n## ")[0]
    found = re.search(r"^```toml\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found is not None
    plan, out = tmp_path / "lost.toml", tmp_path / "out"
    plan.write_text(found[1], encoding="utf-8")

    done = in_process("sweep", str(plan), "--out", str(out), "--quick", "--plot")

    assert done[0] == 0, done
    assert {"table.parquet", "summary.csv", "reply.png", "reply.svg"} <= {
        path.name for path in out.iterdir()
    }


def test_a_newcomer_has_a_figure_of_their_own_after_three_commands(tmp_path: Path) -> None:
    """From a fresh clone; the first command installs what is installed here already."""
    section = README.partition("\n## Measure\n")[2].partition("\n## ")[0]
    found = re.search(r"^```text\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found is not None
    install, change, sweep = (line.removeprefix("$ ") for line in found[1].splitlines())
    shipped = Path(change.split("'")[2].split()[0])
    (tmp_path / shipped.parent).mkdir(parents=True)
    (tmp_path / shipped).write_text((ROOT / shipped).read_text(encoding="utf-8"), encoding="utf-8")

    changed = run_in_shell(change, tmp_path)
    swept = run_in_shell(
        sweep.replace(".venv/bin/paxos-des", f"{sys.executable} -m paxos_des"), tmp_path
    )

    assert install == "make study"
    assert (changed.returncode, swept.returncode, swept.stderr) == (0, 0, ""), swept
    own = (tmp_path / "mine.toml").read_text(encoding="utf-8")
    assert own != (ROOT / shipped).read_text(encoding="utf-8")
    assert list((tmp_path / "mine").glob("*.png"))
    assert list((tmp_path / "mine").glob("*.svg"))


def run_as_typed(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the page: in this process, which takes half a second less, if it is ours
    alone; with pipes and patterns, in a shell.
    """
    program, *arguments = shlex.split(command)
    if program == "paxos-des" and not set(command) & set("|<>*"):
        return subprocess.CompletedProcess(command, *in_process(*arguments))
    return run_in_shell(command.replace("paxos-des", f"{sys.executable} -m paxos_des"), folder)


def run_in_shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S602 - a command of our own page, pipes and all
        command,
        shell=True,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
