"""Runs with all metrics, for tests; and the same runs' traces."""

from functools import cached_property
from typing import Any

from paxos_des import Scenario, simulate
from paxos_des.study.metrics import METRICS
from paxos_des.study.plan import Measure
from paxos_des.study.work import Job, Span, measured


def cells_of(scenario: Scenario, seed: int = 0, **measure: int) -> dict[str, Any]:
    """Run once with all metrics; return all their cells."""
    job = Job((), 0, tuple(METRICS), Measure(**measure))
    found = measured(Span(0, scenario, 0, 1), seed, job).cells
    assert "broken" not in found, found["broken"]
    columns = [column.name for metric in METRICS.values() for column in metric.columns]
    return {name: found.get(name) for name in columns}


def entries_of(scenario: Scenario, seed: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Return the entries of a run's trace, and when it ended."""
    run = simulate(scenario, seed=seed, record="trace")
    return list(run.trace), run.stats.simulated_us


Entry = dict[str, Any]


class Story:
    """One run: its cells, and its trace."""

    def __init__(self, scenario: Scenario, measure: dict[str, int], seed: int) -> None:
        self.scenario = scenario
        self.warm_up_us = measure["warm_up_us"]
        self.deadline_us = measure["deadline_us"]
        self.window_us = measure["window_us"]
        self.cells = cells_of(self.scenario, seed, **measure)
        self.entries, self.end_us = entries_of(self.scenario, seed)

        self._by_event: dict[str, list[Entry]] = {}
        for entry in self.entries:
            self._by_event.setdefault(entry["event"], []).append(entry)

    def only(self, *events: str) -> list[Entry]:
        found = [entry for event in events for entry in self._by_event.get(event, ())]
        return sorted(found, key=lambda entry: entry["n"])

    def sent(self, kind: str) -> list[Entry]:
        return [entry for entry in self.only("send") if entry["message"]["type"] == kind]

    @property
    def asked_us(self) -> dict[tuple[str, int], int]:
        return {_name(entry["command"]): entry["at_us"] for entry in self.only("invoke")}

    @property
    def answered_us(self) -> dict[tuple[str, int], int]:
        return {_name(entry["command"]): entry["at_us"] for entry in self.only("complete")}

    @property
    def until_us(self) -> int:
        answered_us = self.answered_us
        if len(answered_us) < self.scenario.requests:
            return self.end_us
        return max(answered_us.values())

    @cached_property
    def choices(self) -> list[tuple[int, int, int, Any]]:
        """Return each slot's choice: the entry that made it, when, the slot, and the value."""
        found = []
        voters: dict[tuple[Any, ...], set[str]] = {}
        done = set()
        for entry in self.only("durable", "recover"):
            votes = entry.get("votes", [])
            if entry.get("record", {}).get("type") == "Voted":
                votes = [[entry["record"][key] for key in ("slot", "ballot", "value")]]
            for slot, ballot, value in votes:
                who = voters.setdefault((slot, *ballot), set())
                who.add(entry["node"])
                if slot not in done and self.scenario.quorum_system.is_phase2(who):
                    done.add(slot)
                    found.append((entry["n"], entry["at_us"], slot, value))
        return found

    @cached_property
    def chosen(self) -> dict[tuple[str, int], tuple[int, int]]:
        """By command, the first entry that chose it, and when."""
        found: dict[tuple[str, int], tuple[int, int]] = {}
        for n, at_us, _, value in self.choices:
            if value != "noop":
                found.setdefault(_name(value), (n, at_us))
        return found

    @cached_property
    def faults(self) -> list[Entry]:
        return self.only(*_CAUSE)

    def is_up(self, node: str, n: int) -> bool:
        """Whether a node is up just after the n-th entry."""
        last: dict[str, Entry] = {}
        for entry in self.faults:
            if entry["n"] <= n and entry["node"] == node:
                last[_CAUSE[entry["event"]]] = entry
                if entry["event"] == "crash":
                    last.pop("pause", None)
        is_paused = "pause" in last and last["pause"]["event"] == "pause"
        is_failed = "fail" in last and last["fail"]["event"] == "fail"
        is_down = "crash" in last and (
            last["crash"]["event"] == "crash" or "refused" in last["crash"]
        )
        return not (is_paused or is_failed or is_down)

    def beliefs(self, n: int) -> dict[str, str]:
        """Return who takes whom for the primary before the n-th entry, latest last."""
        found: dict[str, str] = {}
        for entry in self.only("primary", "crash"):
            if entry["n"] < n:
                found.pop(entry["node"], None)
                if entry["event"] == "primary":
                    found[entry["node"]] = entry["primary"]
        return found

    def primaries(self, n: int) -> list[str]:
        """Return all that are up and take themselves for it, who came last to do so first."""
        beliefs = self.beliefs(n)
        return [
            node for node in reversed(beliefs) if beliefs[node] == node and self.is_up(node, n - 1)
        ]


_CAUSE = {
    "fail": "fail", "heal": "fail", "pause": "pause", "resume": "pause",
    "crash": "crash", "restart": "crash", "recover": "crash",
}  # fmt: skip


def _name(command: list[Any]) -> tuple[str, int]:
    return command[0], command[1]
