"""A scenario in one sentence: for lists, and above what came of a run."""

from typing import TYPE_CHECKING

from paxos_des.cluster import parse
from paxos_des.cluster.delay_text import delay_in_words
from paxos_des.engine.delays import Constant

if TYPE_CHECKING:
    from paxos_des.cluster.life_rules import LifeRule
    from paxos_des.cluster.scenario import Scenario


def summary_of(scenario: "Scenario") -> str:
    """Return who is there, how they agree, on what network, and what befalls them."""
    return "; ".join(
        part
        for part in (
            _players(scenario), _protocol(scenario), _weather(scenario), _adversary(scenario),
        )
        if part
    )  # fmt: skip


def _players(scenario: "Scenario") -> str:
    failed = f" ({scenario.failed_acceptors} failed)" if scenario.failed_acceptors else ""
    spare = f" and {scenario.spares} spare" if scenario.spares else ""
    told = len(scenario.primary_names)
    changes = f", {count(len(scenario.changes), 'change')}" if scenario.changes else ""
    return (
        f"{count(scenario.acceptors, 'acceptor')}{failed}{spare}, "
        f"{count(scenario.leaders, 'leader')} ({told or 'none'} told to be primary), "
        f"{count(scenario.clients, 'client')}, {count(scenario.values, 'value')}{changes}"
    )


def _protocol(scenario: "Scenario") -> str:
    replica = "" if scenario.replica == "none" else f", {scenario.replica} replicas"
    leases = ", reads under leases" if scenario.reads == "lease" else ""
    every = scenario.snapshot_every
    snapshots = "" if every == "never" else f", a snapshot every {count(every, 'slot')}"
    return (
        f"{scenario.phase1} phase 1, {scenario.quorums} quorums, heartbeats {scenario.heartbeats}, "
        f"{scenario.pump} pumps{replica}{leases}{snapshots}"
    )


def _weather(scenario: "Scenario") -> str:
    delay = f"delay {delay_in_words(scenario.delay)}"
    if scenario.round_trips is not None:
        delay = f"delays as measured between {len(scenario.round_trips.cities)} cities"
    fsync = ""
    if scenario.fsync != Constant(0):
        fsync = f", fsync {delay_in_words(scenario.fsync)}"
    chances = "".join(
        f", {100 * share:.3g} % {deed}"
        for share, deed in ((scenario.drop, "dropped"), (scenario.duplicate, "duplicated"))
        if share
    )
    return f"{delay}{chances}{fsync}"


def _adversary(scenario: "Scenario") -> str:
    clocks = "clocks that differ" if scenario.clocks else ""
    faults = count(len(scenario.faults), "fault") if scenario.faults else ""
    lives = " and ".join(map(_life, scenario.lives))
    nemesis = ""
    if scenario.nemesis is not None:
        kinds = scenario.nemesis.kinds
        words = kinds if isinstance(kinds, str) else ", ".join(kinds)
        nemesis = f"a nemesis ({words}) until {parse.as_duration(scenario.nemesis.until_us)}"
    return ", ".join(part for part in (clocks, faults, lives, nemesis) if part)


def _life(rule: "LifeRule") -> str:
    until = "" if rule.until_us is None else f", until {parse.as_duration(rule.until_us)}"
    up, down = map(delay_in_words, (rule.up, rule.down))
    return f"{rule.node} up for {up}, then down for {down} ({rule.deed}{until})"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
