"""What the tests of checks share: a saved trace to tamper with, and `check` to judge it."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from paxos_des.cli.main import main

Entry = dict[str, Any]


@dataclass
class SavedTrace:
    """A trace as it was saved: its header and its entries, to be changed."""

    header: Entry
    entries: list[Entry]

    def copy(self) -> "SavedTrace":
        return copy.deepcopy(self)

    def only(self, event: str, kind: str | None = None) -> list[Entry]:
        """Return the entries of an event; of a kind of message or record, where one is named."""
        return [
            entry
            for entry in self.entries
            if entry["event"] == event
            and kind in (None, (entry.get("message") or entry.get("record") or {}).get("type"))
        ]

    def remove(self, *entries: Entry) -> None:
        numbers = {entry["n"] for entry in entries}
        self.entries = [entry for entry in self.entries if entry["n"] not in numbers]

    def add(self, entry: Entry) -> int:
        """Add an entry at the end, and return its number."""
        last = self.entries[-1]
        number: int = last["n"] + 1
        self.entries.append({**entry, "n": number, "at_us": last["at_us"]})
        return number

    def save(self, path: Path) -> None:
        lines = (json.dumps(line) for line in (self.header, *self.entries))
        path.write_text("".join(f"{line}\n" for line in lines))


def load(path: Path) -> SavedTrace:
    header, *entries = map(json.loads, path.read_text().splitlines())
    return SavedTrace(header, entries)


def first_duel_where(holds: Callable[[SavedTrace], object], folder: Path) -> SavedTrace:
    """Save duels, seed by seed, and return the first whose trace has what a test needs."""
    path = folder / "duel.jsonl"
    for seed in range(100):
        main(["run", "duel", "--seed", str(seed), "--trace", str(path), "--json"])
        trace = load(path)
        if holds(trace):
            return trace
    message = "none of 100 duels has what the test needs"
    raise AssertionError(message)


class Judge:
    """Runs `check` over traces, in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path = folder / "tampered.jsonl"
        self._capsys = capsys

    def __call__(self, trace: SavedTrace) -> tuple[int, Entry]:
        trace.save(self.path)
        self._capsys.readouterr()
        code = main(["check", str(self.path), "--json"])
        out = self._capsys.readouterr().out
        return code, json.loads(out) if out else {}
