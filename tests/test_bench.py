"""The benchmarks: their quick form measures every row, and what they compare is the same."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from experiments.bench import plain_simpy, run
from experiments.bench.measure import Sample, Spread
from experiments.bench.rows import Row
from experiments.bench.stable import StableSample
from experiments.bench.stock import simulate_stock
from experiments.bench.table import Result, growth_of, missed
from paxos_des import Scenario, simulate
from paxos_des.protocol.ballot import Command


def test_the_quick_form_prints_every_row_with_a_ratio(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "rows.json"

    code = run.main(["--quick", "--out", str(path)])

    lines = capsys.readouterr().out.splitlines()
    rows: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))[1:]
    measured = [row for row in rows if row["row"] != "growth"]
    assert code == 0
    assert re.search(r"core.*Python \d.*SimPy \d.*NumPy \d.*\d{4}-\d\d-\d\d$", lines[0])
    assert len(measured) == 9
    for row in measured:
        assert any(line.startswith(f"| {row['row']} |") for line in lines), row
        assert 0 < row["to_bare"]["least"] <= row["to_bare"]["median"] <= row["to_bare"]["most"]
    growth = [row for row in rows if row["row"] == "growth"]
    assert [row["values"] for row in growth] == [100, 400]
    assert all(0 < row["imported_mib"] <= row["peak_mib"] < 300 for row in growth), growth
    assert all(row["cost"]["least"] > 0 for row in growth), growth


@pytest.mark.parametrize("seed", [0, 1])
def test_stock_simpy_chooses_what_paxos_des_chooses_in_as_many_messages(seed: int) -> None:
    scenario = Scenario.named("2009")

    stock = simulate_stock(scenario, seed=seed)

    own = simulate(scenario, seed=seed, record="nothing")
    commands = {Command("client-0", number, ("put", "x", number)) for number in range(1_000)}
    assert own.stats.chosen == 1_000
    assert stock.answered == 1_000
    assert set(stock.histories) == {"leader-0", "leader-1"}
    for history in stock.histories.values():
        assert sorted(history) == list(range(1_000))
        assert set(history.values()) == commands
    assert stock.histories["leader-0"] == stock.histories["leader-1"]
    assert stock.paxos_messages == 19 * 1_000
    # The heartbeats of the settling time are counted too, and they are as many.
    assert dict(stock.messages) == {kind: n for kind, n in own.stats.messages.items() if n}


@pytest.mark.parametrize("messages", [1, 99, 1_000])
def test_every_message_of_plain_simpy_arrives(messages: int) -> None:
    assert plain_simpy.process_per_message(messages) == messages
    assert plain_simpy.store_per_receiver(messages) == messages


def test_a_sample_is_read_as_speed_and_as_cost() -> None:
    sample = Sample(done=100, cpu_s=0.5, bare_per_s=1_000)

    assert sample.per_s == 200
    assert sample.speed == pytest.approx(0.2)
    assert sample.cost == pytest.approx(5)


def test_a_spread_is_the_median_and_both_ends() -> None:
    assert Spread.of([5, 1, 2, 9, 3]) == Spread(3, 1, 9)


def test_a_missed_floor_is_a_sentence() -> None:
    sample = Sample(done=100, cpu_s=0.5, bare_per_s=1_000)  # 0.2 to bare, at 5 timeouts each
    slow = Row(name="slow", unit="", reading="speed", sample=lambda: sample, floor=0.21)
    quick = Row(name="quick", unit="", reading="speed", sample=lambda: sample, floor=0.19)
    dear = Row(name="dear", unit="", reading="cost", sample=lambda: sample, floor=4)
    cheap = Row(name="cheap", unit="", reading="cost", sample=lambda: sample, floor=6)
    free = Row(name="free", unit="", reading="speed", sample=lambda: sample)
    rows = {row: [sample] for row in (slow, quick, dear, cheap, free)}
    large = StableSample(values=10, of_messages=sample, imported_mib=30, peak_mib=301)

    assert missed(Result(rows, {10: [large]})) == [
        "slow: found 0.200 to bare SimPy; allowed is ≥ 0.21",
        "dear: found 5 `Timeout`s to bare SimPy; allowed is ≤ 4",
        "stable leader, 10 values: found a peak of 301 MiB; allowed is at most 300 MiB",
    ]


def test_growth_is_told_beside_the_smallest_size() -> None:
    even = Sample(done=0, cpu_s=1, bare_per_s=1_000)
    small = StableSample(values=10, of_messages=even, imported_mib=30, peak_mib=31)
    large = StableSample(values=40, of_messages=even._replace(cpu_s=8), imported_mib=30, peak_mib=9)

    rows = list(growth_of(Result({}, {40: [large], 10: [small]})))

    assert [row.values for row in rows] == [10, 40]
    assert [row.cost.median for row in rows] == pytest.approx([100, 200])
    assert [row.to_smallest for row in rows] == pytest.approx([1, 2])


def test_a_floor_that_is_missed_fails_the_check_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sample = Sample(done=100, cpu_s=0.5, bare_per_s=1_000)
    row = Row(name="slow", unit="events", reading="speed", sample=lambda: sample, floor=0.3)
    monkeypatch.setattr(run, "measure_all", lambda _: Result({row: [sample]}, {}))

    assert run.main(["--quick"]) == 0
    assert run.main(["--quick", "--check"]) == 1
    assert capsys.readouterr().err == "bench: slow: found 0.200 to bare SimPy; allowed is ≥ 0.30\n"
