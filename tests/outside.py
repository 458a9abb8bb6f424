"""An outside checker: runs the command line, reads what it writes, and imports nothing of ours.

It judges traces by the documented formats and by *Paxos Made Simple* alone. So it is a second
opinion on the system, and on the checks too: whoever writes both by the same book in the same
code makes the same mistake twice.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
EVENTS = frozenset((
    "send", "deliver", "drop", "cut", "miss", "ignore", "timer", "durable", "recover", "fail",
    "heal", "crash", "restart", "pause", "resume", "nemesis", "primary", "adopt", "learn", "apply",
    "snapshot", "install", "forget", "invoke", "complete",
))  # fmt: skip
MESSAGES = frozenset((
    "Prepare", "Promise", "Accept", "Accepted", "Nack", "Heartbeat", "Request", "Reply",
    "Redirect", "CatchUpRequest", "CatchUp", "Standing", "Forget", "Gone", "Renew", "Granted",
))  # fmt: skip
ON_LINKS = frozenset(("send", "deliver", "drop", "cut", "miss", "ignore"))
LOWEST = (0, -1)

Entry = dict[str, Any]
Ballot = tuple[int, int]


@dataclass(frozen=True)
class Saved:
    """What one `run --trace --json` left: the lines of its trace, and its document."""

    lines: list[bytes]
    document: dict[str, Any]
    code: int

    @property
    def header(self) -> dict[str, Any]:
        header: dict[str, Any] = json.loads(self.lines[0])
        return header

    @property
    def digest(self) -> str:
        """What `tail -n +2 run.jsonl | sha256sum` prints."""
        return sha256(b"".join(self.lines[1:])).hexdigest()


def command_line(
    *arguments: str | Path, hash_seed: str = "random"
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "paxos_des", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )


def run_and_save(
    folder: Path,
    scenario: str | Path,
    *settings: str,
    seed: int = 0,
    command: Callable[..., subprocess.CompletedProcess[str]] = command_line,
) -> Saved:
    """Run a scenario, and return what was left; `command` takes what is typed after `paxos-des`."""
    trace = folder / f"{Path(scenario).stem}-{seed}.jsonl"
    sets = [part for setting in settings for part in ("--set", setting)]
    done = command("run", scenario, "--seed", str(seed), *sets, "--trace", trace, "--json")
    assert done.returncode in (0, 3), done.stderr or done.stdout
    assert not done.stderr
    lines = trace.read_bytes().splitlines(keepends=True)
    return Saved(lines, json.loads(done.stdout), done.returncode)


def complaints_about(saved: Saved) -> list[str]:
    """Return every rule that a saved run breaks, in words; the entry's number comes first."""
    judge = Outsider(saved.header)
    last_us = 0
    for number, line in enumerate(saved.lines[1:]):
        entry = json.loads(line)
        compact = json.dumps(entry, separators=(",", ":"), ensure_ascii=False)
        judge.at = number
        judge.expect(line == f"{compact}\n".encode(), "is not compact JSON, ended by a newline")
        judge.expect(entry["n"] == number, f"is numbered {entry['n']}")
        judge.expect(type(entry["at_us"]) is int, f"happens at {entry['at_us']!r}")
        judge.expect(entry["at_us"] >= last_us, f"happens at {entry['at_us']}, after {last_us}")
        judge.expect(entry["event"] in EVENTS, f"is an unknown event, {entry['event']}")
        judge.expect(entry["node"] in judge.nodes, f"is at an unknown node, {entry['node']}")
        last_us = entry["at_us"]
        judge.see(entry)
    judge.end(saved.document, last_us)
    return judge.complaints


@dataclass
class Flight:
    """What became of one envelope."""

    entry: Entry
    arrivals: int = 0
    is_lost: bool = False


@dataclass
class Disk:
    """One acceptor's promises and last votes."""

    to_all: Ballot = LOWEST
    promised: dict[int, Ballot] = field(default_factory=dict)
    votes: dict[int, tuple[Ballot, Any]] = field(default_factory=dict)
    said: set[tuple[Ballot, str, int]] = field(default_factory=set)
    cast: set[tuple[int, Ballot, str]] = field(default_factory=set)
    forgot: int = 0
    has_refused: bool = False

    def binding(self, slot: int) -> Ballot:
        voted = self.votes.get(slot, (LOWEST, None))[0]
        return max(self.to_all, self.promised.get(slot, LOWEST), voted)

    def binding_from(self, slot: int) -> Ballot:
        slots = {one for one in (*self.promised, *self.votes) if one >= slot}
        return max([self.to_all, *(self.binding(one) for one in slots)])


@dataclass
class Life:
    """One life of a leader: where its history starts, and what it did since."""

    start: int = 0
    learned: set[int] = field(default_factory=set)
    applied: int = 0

    def length(self) -> int:
        end = self.start
        while end in self.learned:
            end += 1
        return end


class Outsider:
    """Judges one trace, entry by entry."""

    def __init__(self, header: dict[str, Any]) -> None:
        self.complaints: list[str] = []
        self.at = -1
        self.expect(header["format"] == "paxos-des-trace", "has another format")
        self.expect(header["version"] == 1, "has another version")
        self.expect(type(header["protocol"]) is str, "names no protocol")
        self.expect(type(header["seed"]) is int, "names no seed")
        self.scenario = scenario = header["scenario"]
        self.leaders = [f"leader-{index}" for index in range(scenario["leaders"])]
        self.acceptors = [f"acceptor-{index}" for index in range(scenario["acceptors"])]
        self.clients = [f"client-{index}" for index in range(scenario["clients"])]
        self.nodes = {*self.leaders, *self.acceptors, *self.clients, "nemesis"}
        self.doubles = scenario["duplicate"] or any(
            rule.get("duplicate") for rule in scenario["links"]
        )
        self.flights: dict[int, Flight] = {}
        self.disks = {name: Disk() for name in self.acceptors}
        self.failed: set[str] = set()
        self.crashed: set[str] = set()
        self.believed: dict[str, str] = {}
        self.sent: Counter[str] = Counter()
        # What a leader was handed: promises by (leader, ballot, slot or from_slot), then sender,
        # and votes by (leader, slot, ballot, value), the senders.
        self.promises: dict[tuple[str, Ballot, str, int], dict[str, list[Any]]] = {}
        self.accepted: dict[tuple[str, int, Ballot, str], set[str]] = {}
        self.adopted: dict[tuple[str, Ballot], list[tuple[str, int, list[list[Any]]]]] = {}
        self.values: dict[tuple[int, Ballot], str] = {}
        self.votes: dict[tuple[int, Ballot, str], set[str]] = {}
        self.chosen: dict[int, str] = {}
        self.histories: dict[str, dict[int, str]] = {name: {} for name in self.leaders}
        self.invoked: dict[tuple[str, int], str] = {}
        self.completed: set[tuple[str, int]] = set()
        self.replies: dict[tuple[str, int, int | None], set[str]] = {}
        self.lives: dict[str, Life] = {name: Life() for name in self.leaders}
        self.snapshots: dict[str, int] = dict.fromkeys(self.leaders, 0)
        # By leader: the highest round that it used in former lives, and in any.
        self.used: dict[str, int] = dict.fromkeys(self.leaders, 0)
        self.rounds: dict[str, int] = dict.fromkeys(self.leaders, 0)
        # What leaders were told by others: (leader, who told, slot, value), and of snapshots.
        self.told: set[tuple[str, str, int, str]] = set()
        self.told_snapshots: set[tuple[str, str, int, str]] = set()
        self.applied: dict[int, tuple[str, str, bool]] = {}
        self.effects: dict[tuple[str, int], int] = {}
        self.chains = ["0" * 64]

    def expect(self, holds: object, complaint: str) -> None:
        if not holds:
            self.complaints.append(f"{self.at}: {complaint}")

    def see(self, entry: Entry) -> None:  # noqa: C901 - one arm an event
        event, node = entry["event"], entry["node"]
        if event in ON_LINKS:
            self.see_link(entry)
        elif event == "durable":
            self.see_durable(node, entry["record"])
        elif event == "adopt":
            self.see_adopt(node, entry)
        elif event == "learn":
            self.see_learn(node, entry)
        elif event == "invoke":
            self.see_invoke(node, entry["command"])
        elif event == "complete":
            self.see_complete(node, entry)
        elif event == "primary":
            self.expect(entry["primary"] in self.leaders, "names a primary that is no leader")
            self.believed[node] = entry["primary"]
        elif event == "fail":
            self.expect(node not in self.failed, "fails twice")
            self.failed.add(node)
        elif event == "heal":
            self.expect(node in self.failed, "heals what has not failed")
            self.failed.discard(node)
        elif event == "timer":
            self.expect(node not in self.failed, "a timer fires at a failed node")
            self.expect(node not in self.crashed, "a timer fires at a crashed node")
        else:
            self.see_life(event, node, entry)

    def see_life(self, event: str, node: str, entry: Entry) -> None:
        """Judge crashes, and what outlives them."""
        if event == "crash":
            self.expect(node not in self.crashed, "crashes twice")
            self.crashed.add(node)
        elif event == "restart":
            self.see_restart(node)
        elif event == "recover":
            self.see_recover(node, entry)
        elif event == "apply":
            self.see_apply(node, entry)
        elif event in ("snapshot", "install"):
            self.see_snapshot(node, entry)
        elif event == "forget":
            self.see_forget(node, entry["below"])

    # What happens on links.

    def see_link(self, entry: Entry) -> None:
        event, node, message = entry["event"], entry["node"], entry["message"]
        self.expect(message["type"] in MESSAGES, f"is an unknown message, {message['type']}")
        for name in ("ballot", "promised"):
            if name in message:
                self.ballot(message[name])
        if event == "send":
            self.expect(entry["envelope"] == len(self.flights), "leaves a gap among envelopes")
            self.flights[entry["envelope"]] = Flight(entry)
            self.sent[message["type"]] += 1
            self.see_send(node, entry["peer"], message)
            return
        flight = self.flights.get(entry["envelope"])
        if flight is None:
            self.expect(holds=False, complaint=f"envelope {entry['envelope']} was never sent")
            return
        ends = (node, entry["peer"]) if event in ("drop", "cut") else (entry["peer"], node)
        self.expect(ends == (flight.entry["node"], flight.entry["peer"]), "is on another link")
        self.expect(message == flight.entry["message"], "is not the message that was sent")
        self.expect(not flight.is_lost, "comes after it was lost")
        if event in ("drop", "cut"):
            self.expect(not flight.arrivals, "is lost after it came")
            flight.is_lost = True
            return
        flight.arrivals += 1
        self.expect(flight.arrivals <= (2 if self.doubles else 1), "comes once too often")
        self.expect((node in self.crashed) <= (event != "deliver"), "comes to a crashed node")
        is_failed = node in self.failed
        self.expect(is_failed == (event == "ignore"), f"{event}, and failed is {is_failed}")
        if event == "deliver":
            self.see_deliver(node, entry["peer"], message)

    def see_send(self, node: str, peer: str, message: Entry) -> None:  # noqa: C901 - one arm a kind
        kind = message["type"]
        if kind == "Prepare":
            self.own_ballot(node, message)
        elif kind == "Promise":
            self.see_promise(node, message)
        elif kind == "Accept":
            self.see_accept(node, message)
        elif kind == "Accepted":
            vote = (message["slot"], self.ballot(message["ballot"]), text(message["value"]))
            self.expect(vote in self.disks[node].cast, "tells of a vote that is not durable")
        elif kind == "Nack":
            disk, promised = self.disks[node], self.ballot(message["promised"])
            binding = (
                disk.binding(message["slot"])
                if "slot" in message
                else disk.binding_from(message["from_slot"])
            )
            self.expect(promised == binding, f"refuses for {promised}; {binding} binds it")
            self.expect(promised > tuple(message["ballot"]), "refuses what is not below")
        elif kind == "Heartbeat":
            self.expect(self.believed.get(node) == node, "beats, and is not primary")
        elif kind == "Request":
            client, sequence, _ = message["command"]
            known = self.invoked.get((client, sequence))
            self.expect(known == text(message["command"]), "requests what was not invoked")
        elif kind == "Gone":
            self.expect(message["below"] <= self.disks[node].forgot, "has forgotten less")
        elif kind == "Reply" and "slot" in message:
            learned = self.known(node, message["slot"]) or "null"
            self.expect(
                json.loads(learned) and json.loads(learned)[:2] == [peer, message["sequence"]],
                "replies before it has learned the command there",
            )
        elif kind == "Redirect":
            named = message["primary"]
            self.expect(named == self.believed.get(node) != node, "redirects to no primary")

    def see_promise(self, node: str, message: Entry) -> None:
        disk, ballot = self.disks[node], self.ballot(message["ballot"])
        where, slot = covers(message)
        self.expect(slot >= disk.forgot, f"promises from {slot}; below {disk.forgot} is forgotten")
        if where == "slot":
            cast = {slot: disk.votes[slot]} if slot in disk.votes else {}
        else:
            cast = {one: vote for one, vote in disk.votes.items() if one >= slot}
        is_voted = slot in cast and cast[slot][0] == ballot
        self.expect((ballot, where, slot) in disk.said or is_voted, "promises before it is durable")
        told = {one: ((*voted,), text(value)) for one, voted, value in message["votes"]}
        self.expect(len(told) == len(message["votes"]), "reports two votes for a slot")
        self.expect(told == cast, f"reports {told}; it had cast {cast}")

    def see_accept(self, node: str, message: Entry) -> None:
        slot, ballot, value = message["slot"], self.ballot(message["ballot"]), message["value"]
        self.own_ballot(node, message)
        first = self.values.setdefault((slot, ballot), text(value))
        self.expect(first == text(value), "is a second value in its ballot")
        covering = [
            votes
            for where, start, votes in self.adopted.get((node, ballot), ())
            if start == slot or (where == "from_slot" and start <= slot)
        ]
        self.expect(len(covering) == 1, f"asks for votes after {len(covering)} phase-1 quorums")
        votes = covering[0] if covering else []
        reported = [((*voted,), text(held)) for one, voted, held in votes if one == slot]
        if reported:
            bound = max(reported)[1]
            self.expect(bound == text(value), f"asks for {value}; bound to {bound}")
        elif value != "noop":
            known = self.invoked.get((value[0], value[1]))
            self.expect(known == text(value), "asks for what nobody invoked")

    def see_deliver(self, node: str, peer: str, message: Entry) -> None:
        kind = message["type"]
        if kind == "Promise":
            key = (node, self.ballot(message["ballot"]), *covers(message))
            self.promises.setdefault(key, {})[peer] = message["votes"]
        elif kind == "Accepted":
            slot, ballot, value = message["slot"], message["ballot"], message["value"]
            vote = (node, slot, self.ballot(ballot), text(value))
            self.accepted.setdefault(vote, set()).add(peer)
        elif kind == "Reply":
            reply = (node, message["sequence"], message.get("slot"))
            self.replies.setdefault(reply, set()).add(peer)
        elif kind == "CatchUp":
            for slot, value in enumerate(message["values"], message["from_slot"]):
                self.told.add((node, peer, slot, text(value)))
            if "snapshot" in message:
                snapshot = message["snapshot"]
                self.told_snapshots.add((node, peer, snapshot["slot"], snapshot["chain"]))

    # What nodes say of themselves.

    def see_durable(self, node: str, record: Entry) -> None:
        if node not in self.disks or "ballot" not in record:
            if record["type"] == "Forgotten":
                self.see_forget(node, record["below"])
            return
        disk, ballot = self.disks[node], self.ballot(record["ballot"])
        self.expect(not disk.has_refused, "speaks after it refused to come back")
        if record["type"] == "Voted":
            slot, value = record["slot"], text(record["value"])
            self.expect(slot >= disk.forgot, f"votes in a slot below {disk.forgot}")
            self.expect(ballot >= disk.binding(slot), f"votes below {disk.binding(slot)}")
            asked = self.values.get((slot, ballot))
            self.expect(asked == value, f"votes for {value}; asked was {asked}")
            self.count_vote(node, slot, ballot, value)
            return
        self.expect(record["type"] == "Promised", f"is no record, {record['type']}")
        where, slot = covers(record)
        disk.said.add((ballot, where, slot))
        if where == "slot":
            self.expect(ballot > disk.binding(slot), f"promises below {disk.binding(slot)}")
            disk.promised[slot] = ballot
        else:
            self.expect(ballot >= disk.binding_from(slot), f"below {disk.binding_from(slot)}")
            self.expect(ballot > disk.to_all, f"promises below {disk.to_all}")
            disk.to_all = ballot

    def count_vote(self, node: str, slot: int, ballot: Ballot, value: str) -> None:
        self.disks[node].votes[slot] = (ballot, value)
        self.disks[node].cast.add((slot, ballot, value))
        voters = self.votes.setdefault((slot, ballot, value), set())
        voters.add(node)
        if self.is_quorum(voters, "phase2"):
            chosen = self.chosen.setdefault(slot, value)
            self.expect(chosen == value, f"{value} is chosen after {chosen}")

    # Crashes, and what comes after them.

    def see_restart(self, node: str) -> None:
        """Nothing is left in memory: neither promises nor votes that a leader was handed."""
        has_refused = node in self.disks and self.disks[node].has_refused
        self.expect(node in self.crashed or has_refused, "restarts, and has not crashed")
        self.crashed.discard(node)
        self.believed.pop(node, None)
        if node in self.lives:
            start = self.snapshots[node]
            self.lives[node] = Life(start, applied=start)
            self.used[node] = self.rounds[node]
            self.promises = {key: one for key, one in self.promises.items() if key[0] != node}
            self.accepted = {key: one for key, one in self.accepted.items() if key[0] != node}

    def see_recover(self, node: str, entry: Entry) -> None:
        """An acceptor has all that was durable; and more, where nobody had been told yet."""
        disk = self.disks[node]
        if "refused" in entry:
            disk.has_refused = True
            return
        disk.has_refused = False
        found = Disk(forgot=disk.forgot)
        for said in entry.get("promised", ()):
            ballot, (where, slot) = self.ballot(said["ballot"]), covers(said)
            if where == "slot":
                found.promised[slot] = ballot
            else:
                found.to_all = max(found.to_all, ballot)
            disk.said.add((ballot, where, slot))
        for slot, ballot, value in entry.get("votes", ()):
            found.votes[slot] = (self.ballot(ballot), text(value))
        self.expect(found.to_all >= disk.to_all, f"comes back without {disk.to_all}")
        for slot, ballot in disk.promised.items():
            self.expect(found.binding(slot) >= ballot, f"comes back without {ballot} in {slot}")
        for slot, vote in disk.votes.items():
            kept = found.votes.get(slot, (LOWEST, ""))
            is_kept = kept == vote or kept[0] > vote[0]
            self.expect(is_kept, f"comes back without its vote {vote} in {slot}")
        disk.to_all, disk.promised = found.to_all, found.promised
        for slot, (ballot, value) in found.votes.items():
            self.count_vote(node, slot, ballot, value)

    def see_forget(self, node: str, below: int) -> None:
        if node in self.disks:
            disk = self.disks[node]
            disk.forgot = max(below, disk.forgot)
            disk.promised = {one: at for one, at in disk.promised.items() if one >= below}
            disk.votes = {one: vote for one, vote in disk.votes.items() if one >= below}
        else:
            self.expect(below <= self.snapshots[node], "forgets what is in no snapshot of its own")

    def see_snapshot(self, node: str, entry: Entry) -> None:
        slot, chain, life = entry["slot"], entry["chain"], self.lives[node]
        self.expect(chain == self.chain(slot), f"has another history of {slot} slots")
        self.expect(slot >= self.snapshots[node], f"is older than {self.snapshots[node]}")
        if entry["event"] == "install":
            key = (node, entry["from"], slot, chain)
            self.expect(key in self.told_snapshots, "installs what it was not told")
            self.expect(slot >= life.applied, f"goes back from {life.applied}")
            life.start, life.applied = slot, slot
        else:
            self.expect(slot <= life.length(), f"has learned {life.length()} slots only")
        self.snapshots[node] = slot

    def see_apply(self, node: str, entry: Entry) -> None:
        slot, value, life = entry["slot"], text(entry["value"]), self.lives[node]
        result, is_repeated = text(entry.get("result")), entry.get("repeated", False)
        self.expect(slot == life.applied, f"applies {slot}; next was {life.applied}")
        life.applied = slot + 1
        self.expect(self.known(node, slot) == value, "applies what it has not learned there")
        done = self.applied.setdefault(slot, (value, result, is_repeated))
        self.expect(done == (value, result, is_repeated), f"differs from {done}")
        if entry["value"] != "noop":
            name = (entry["value"][0], entry["value"][1])
            if not is_repeated:
                first = self.effects.setdefault(name, slot)
                self.expect(first == slot, f"took effect in slot {first} already")

    def known(self, node: str, slot: int) -> str | None:
        """Return what a leader has in a slot, be it in a snapshot."""
        life = self.lives[node]
        if slot < life.start:
            return self.chosen.get(slot)
        return self.histories[node].get(slot) if slot in life.learned else None

    def chain(self, length: int) -> str | None:
        """Return the chain hash of what is chosen in so many slots, if it is."""
        while len(self.chains) <= length:
            value = self.chosen.get(len(self.chains) - 1)
            if value is None:
                return None
            self.chains.append(sha256((self.chains[-1] + value).encode()).hexdigest())
        return self.chains[length]

    def see_adopt(self, node: str, entry: Entry) -> None:
        ballot, names = self.own_ballot(node, entry), entry["promises"]
        where, slot = covers(entry)
        handed = self.promises.get((node, ballot, where, slot), {})
        self.expect(len(set(names)) == len(names), "counts a promise twice")
        self.expect(set(names) <= set(handed), f"adopts {names}; handed were {list(handed)}")
        self.expect(self.is_quorum(set(names), "phase1"), f"{names} are no phase-1 quorum")
        known = self.adopted.setdefault((node, ballot), [])
        self.expect((where, slot) not in [one[:2] for one in known], "adopts a ballot twice")
        self.expect(not known or where == "slot", "adopts a ballot for all slots twice")
        known.append((where, slot, [vote for name in names for vote in handed.get(name, ())]))

    def see_learn(self, node: str, entry: Entry) -> None:
        slot, value, names = entry["slot"], text(entry["value"]), entry.get("votes", [])
        history, life = self.histories[node], self.lives[node]
        self.expect(slot not in life.learned, "learns a slot twice")
        self.expect(slot >= life.start, f"learns below {life.start}, where its life starts")
        if "from" in entry:
            told = (node, entry["from"], slot, value)
            self.expect(told in self.told, "learns what it was not told")
        else:
            heard = self.accepted.get((node, slot, self.ballot(entry["ballot"]), value), set())
            self.expect(len(set(names)) == len(names), "counts a vote twice")
            self.expect(set(names) <= heard, f"counts {names}; heard were {sorted(heard)}")
            self.expect(self.is_quorum(set(names), "phase2"), f"{names} are no phase-2 quorum")
        self.expect(self.chosen.get(slot) == value, "learns what is not chosen")
        for other, learned in self.histories.items():
            same = learned.get(slot, value) == value
            self.expect(same, f"disagrees with {other}")
        history.setdefault(slot, value)
        life.learned.add(slot)

    def see_invoke(self, node: str, command: list[Any]) -> None:
        client, sequence, _ = command
        self.expect(client == node, "invokes another client's command")
        self.expect((client, sequence) not in self.invoked, "invokes a command twice")
        self.invoked[client, sequence] = text(command)

    def see_complete(self, node: str, entry: Entry) -> None:
        client, sequence, _ = entry["command"]
        self.expect(client == node, "completes another client's command")
        self.expect((client, sequence) not in self.completed, "completes a command twice")
        self.expect(self.invoked.get((client, sequence)) == text(entry["command"]), "not invoked")
        self.completed.add((client, sequence))
        slot = entry.get("slot")
        self.expect((node, sequence, slot) in self.replies, "completes what nobody replied to")
        if slot is not None:
            chosen = self.chosen.get(slot)
            self.expect(chosen == text(entry["command"]), "completes what is not chosen there")
            if slot in self.applied:
                result = text(entry.get("result"))
                self.expect(result == self.applied[slot][1], "completes with another result")

    # What is said in the end.

    def end(self, document: dict[str, Any], last_us: int) -> None:
        self.at = -1
        commands = {value for value in self.chosen.values() if value != '"noop"'}
        self.expect(document["chosen"] == len(commands), f"{len(commands)} commands are chosen")
        self.expect(document["simulated_us"] >= last_us, f"goes on until {last_us}")
        self.expect(document["verdict"] == ("ok" if commands else "unknown"), "another verdict")
        counts = {kind: count for kind, count in document["messages"].items() if count}
        self.expect(counts == dict(self.sent), f"sends {dict(self.sent)}; said are {counts}")
        for name, life in self.lives.items():
            if name in self.crashed:
                continue
            length = life.length()
            chain = self.chain(length)
            told = document["leader_histories"][name]
            self.expect(told == {"length": length, "chain": chain}, f"{name}: {length}, {chain}")

    # Rules.

    def ballot(self, found: Any) -> Ballot:  # noqa: ANN401 - whatever stands in the trace
        is_ballot = type(found) is list and [type(part) for part in found] == [int, int]
        self.expect(is_ballot and 0 <= found[1] < len(self.leaders), f"{found} is no ballot")
        return (found[0], found[1])

    def own_ballot(self, node: str, message: Entry) -> Ballot:
        ballot = self.ballot(message["ballot"])
        self.expect(node == f"leader-{ballot[1]}", f"{node} uses {ballot}")
        if node in self.rounds:
            self.expect(ballot[0] > self.used[node], f"uses {ballot} again, after a restart")
            self.rounds[node] = max(self.rounds[node], ballot[0])
        return ballot

    def is_quorum(self, names: set[str], phase: str) -> bool:
        assert names <= set(self.acceptors), names
        kind, *sizes = self.scenario["quorums"].split()
        if kind == "majority":
            return 2 * len(names) > len(self.acceptors)
        first, second = map(int, sizes)
        if kind == "flexible":
            return len(names) >= (first if phase == "phase1" else second)
        places = [divmod(self.acceptors.index(name), second) for name in names]
        if phase == "phase1":  # one whole row
            return second in Counter(row for row, _ in places).values()
        return first in Counter(column for _, column in places).values()


def text(value: object) -> str:
    """Return a value's compact JSON: `true` and 1 are two values."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def covers(found: Entry) -> tuple[str, int]:
    """Return whether a promise is for one slot or for all from one on, and which."""
    assert ("slot" in found) != ("from_slot" in found), found
    where = "slot" if "slot" in found else "from_slot"
    return where, found[where]
