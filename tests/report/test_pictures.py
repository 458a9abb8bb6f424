"""Runs as pictures: space-time diagrams, Mermaid, and logs for ShiViz."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from failures import duel_failure
from shell import assert_refuses, in_process

from paxos_des import Scenario, simulate
from paxos_des.report.diagram import space_time
from paxos_des.report.sequence import mermaid_of
from paxos_des.report.shiviz import PARSER, shiviz_of
from paxos_des.run import Run

EVERYTHING = simulate(Scenario.named("everything").replace(values=5), seed=1, record="trace")


@pytest.fixture(scope="module")
def run() -> Run:
    return duel_failure().replay("trace")


def test_a_duel_is_drawn_in_about_a_screen(run: Run) -> None:
    lines = space_time(run).splitlines()

    assert len(lines) < 50
    assert lines[0].split() == [
        "client-0", "client-1", "leader-0", "leader-1", "acceptor-0", "acceptor-1", "acceptor-2",
    ]  # fmt: skip


LINES = """
  1.712 ms  |          |          |          o-Prepare->P          |          |          (1, 1)
      0 µs  |          |          |          o-Prepare-----------x |          |          (1, 1)
  4.809 ms  |          |          | x----------------------Promise-o          |          (1, 0)
 10.188 ms  |          |          A<----------------------------------Promise-o          (1, 0)
 11.748 ms  |          |          o-Accept------------------------>V          |          (1, 0)
> 22.54 ms  |          |          L<---------------------------------Accepted-o          (1, 1)
"""
WORDS = (
    "slot 0 after 1.712 ms; promises", "slot 0 lost", "slot 0 lost",
    "slot 0 after 2.04 ms; leads (1, 0)",
    "slot 0 after 1.56 ms; votes for client-0's put x 0",
    "slot 0 after 1.349 ms; learns client-1's put x 1 in slot 0  <== agreement",
)  # fmt: skip


@pytest.mark.parametrize(
    ("line", "words"), list(zip(LINES.strip("\n").split("\n"), WORDS, strict=True))
)
def test_messages_losses_votes_and_what_is_learned_are_drawn(
    run: Run, line: str, words: str
) -> None:
    assert f"{line} {words}" in space_time(run).splitlines()


def test_each_proof_of_the_violation_is_marked_and_nothing_else(run: Run) -> None:
    marked = [line for line in space_time(run).splitlines() if line.startswith(">")]

    assert len(marked) == 2
    assert all(line.endswith("<== agreement") for line in marked)


def test_a_long_run_is_cut_down_to_what_proves_the_violation(run: Run) -> None:
    lines = space_time(run, lines_max=2).splitlines()

    assert [line[0] for line in lines[1:6]] == [" ", ">", " ", " ", ">"]
    assert [line.strip() for line in lines if "left out" in line] == [
        "… 30 left out", "… 1 left out",
    ]  # fmt: skip


def test_a_run_without_a_violation_is_shown_from_its_beginning() -> None:
    text = space_time(EVERYTHING, lines_max=30)

    assert len(text.splitlines()) == 34
    assert re.search(r"… [\d,]+ left out", text)
    assert "Heartbeat" not in text


def test_faults_are_drawn() -> None:
    text = space_time(EVERYTHING, lines_max=10**6)

    assert "nemesis" in text.splitlines()[0]
    assert any(re.match(r" *[\d.]+ m?s .*!.*(crashes|is paused|nemesis: )", line)
               for line in text.splitlines())  # fmt: skip


def test_mermaid_names_each_node_once_and_draws_each_message(run: Run) -> None:
    lines = mermaid_of(run.trace, run.violations[0].numbers, "agreement").splitlines()

    assert lines[0] == "sequenceDiagram"
    assert "    participant n2 as leader-0" in lines
    assert "    n3--xn5: Prepare (1, 1) slot 0 lost (0 µs)" in lines
    assert "    n2->>n5: Accept (1, 0) slot 0 after 1.64 ms (11.828 ms)" in lines
    assert lines[-1] == "    Note over n2: agreement is violated"
    grammar = r"    (participant n\d+ as \S+|n\d+(->>|--x)n\d+: .+|Note over n\d+(,n\d+)?: .+)"
    assert all(re.fullmatch(grammar, line) for line in lines[1:])


def events(text: str) -> Iterator[tuple[str, dict[str, int], str]]:
    for found in re.finditer(PARSER.replace("?<", "?P<"), text):
        yield found["host"], json.loads(found["clock"]), found["event"]


@pytest.mark.parametrize("name", ["duel", "everything"])
def test_the_clocks_of_shiviz_are_vector_clocks(run: Run, name: str) -> None:
    """Each node counts its own events, and no clock ever goes back."""
    trace = run.trace if name == "duel" else EVERYTHING.trace
    found = list(events("".join(shiviz_of(trace))))
    clocks: dict[str, dict[str, int]] = {}

    assert len(found) == len(trace)
    for host, clock, _ in found:
        before = clocks.get(host, {})
        assert clock[host] == before.get(host, 0) + 1
        assert all(clock[other] >= count for other, count in before.items())
        clocks[host] = clock


def test_a_delivery_knows_all_that_its_sender_knew(run: Run) -> None:
    found = list(events("".join(shiviz_of(run.trace))))
    sent = {entry["envelope"]: found[entry["n"]][1] for entry in run.trace
            if entry["event"] == "send"}  # fmt: skip

    for entry in run.trace:
        if entry["event"] == "deliver":
            clock = found[entry["n"]][1]
            assert all(clock[name] >= count for name, count in sent[entry["envelope"]].items())


def test_show_prints_a_failure_and_its_picture(tmp_path: Path) -> None:
    duel_failure().save(tmp_path / "it.json")

    code, printed, _ = in_process("show", str(tmp_path / "it.json"))

    assert code == 0
    assert printed.startswith("agreement is violated at 22.54 ms: ")
    assert "<== agreement\n" in printed


@pytest.mark.parametrize("form", ["text", "mermaid", "shiviz"])
def test_show_prints_a_saved_trace_as_well_as_a_failure(
    tmp_path: Path, run: Run, form: str
) -> None:
    run.trace.save(tmp_path / "run.jsonl")
    duel_failure().save(tmp_path / "it.json")
    shown: list[dict[str, Any]] = []
    for name in ("run.jsonl", "it.json"):
        code, printed, _ = in_process("show", str(tmp_path / name), f"--{form}", "--json")
        assert code == 0
        shown.append(json.loads(printed))

    # A saved trace is judged by all checks, of which one is violated before.
    assert [one["violation"]["check"] for one in shown] == ["promises", "agreement"]
    assert all(len(one[form]) > 700 for one in shown)
    if form == "shiviz":
        assert shown[0][form] == shown[1][form]


def test_show_refuses_what_is_neither(tmp_path: Path) -> None:
    (tmp_path / "it.json").write_text('{"format": "x"}', encoding="utf-8")

    assert_refuses("format: found 'x'", in_process("show", str(tmp_path / "it.json")))
    assert_refuses("No such file", in_process("show", str(tmp_path / "none")))
    assert_refuses("a directory", in_process("show", str(tmp_path)))
    assert_refuses("no regular file", in_process("show", "/dev/null"))


def test_show_refuses_a_damaged_trace(tmp_path: Path, run: Run) -> None:
    run.trace.save(tmp_path / "run.jsonl")
    content = (tmp_path / "run.jsonl").read_bytes()
    (tmp_path / "run.jsonl").write_bytes(content[:-40])

    assert_refuses("line 83: found a line without its end",
                   in_process("show", str(tmp_path / "run.jsonl")))  # fmt: skip
