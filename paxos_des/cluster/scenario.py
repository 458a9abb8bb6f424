"""Scenarios: what is simulated, as frozen, validated values.

A scenario is made from keywords, from a TOML file with the same keys, or from another scenario;
`KEYS` says what each key allows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from paxos_des.cluster import parse
from paxos_des.cluster.aims import Roles, check_fault
from paxos_des.cluster.changes import Change, check_changes
from paxos_des.cluster.cities import Atlas, CityRule, placed_in
from paxos_des.cluster.clocks import ClockModel, ClockRule, check_clocks, clock_model
from paxos_des.cluster.disks import DiskFaults
from paxos_des.cluster.endings import end_of, ending_of
from paxos_des.cluster.fault_model import FaultModel
from paxos_des.cluster.faults import NEEDS_CLOCK, NEEDS_DISK, Fault, FaultKind
from paxos_des.cluster.files import read_toml
from paxos_des.cluster.keys import KEYS, attribute_of, beside, parse_keys, parse_setting
from paxos_des.cluster.operations import OperationMix
from paxos_des.cluster.parts import LinkRule, QuorumRule
from paxos_des.cluster.round_trips import RoundTrips
from paxos_des.cluster.summary import summary_of
from paxos_des.engine.delays import Constant, Delay
from paxos_des.engine.disk import DiskModel
from paxos_des.engine.links import LinkModel
from paxos_des.errors import ScenarioError, shorten
from paxos_des.names import NodeId, acceptor_name, client_name, leader_name, nearest
from paxos_des.protocol.quorum import Quorums

__all__ = ["KEYS", "Scenario"]

SHIPPED = Path(__file__).parent / "scenarios"
_NAMES_SHOWN = 8


@dataclass(frozen=True, init=False)
class Scenario:
    """What is simulated: a cluster, its workload, its weather, its faults, and how long.

    Parameters
    ----------
    **keys
        Any of `KEYS`; the README explains each.

    Raises
    ------
    ScenarioError
        When a key is unknown, a value is not allowed, or values contradict each other: one
        sentence says what was found, what is allowed, and where.
    """

    name: str
    protocol: str
    acceptors: int
    leaders: int
    spares: int
    clients: int
    failed_acceptors: int
    failed_leaders: int
    faults: tuple[Fault, ...]
    nemesis: FaultModel | None
    primaries: str | tuple[NodeId, ...]
    phase1: Literal["per-slot", "stable"]
    changes: tuple[Change, ...]
    reconfigure_after: int | Literal["never"]
    window: int
    quorums: QuorumRule
    values: int
    replica: Literal["none", "kv", "register", "list"]
    operations: OperationMix
    keys: int
    in_flight: int | Literal["all"]
    arrivals: Literal["closed", "open"]
    think_min_us: int
    think_max_us: int
    every_min_us: int
    every_max_us: int
    send_to: str
    slots: int | Literal["unbounded"]
    heartbeats: Literal["on", "off"]
    heartbeat_every_us: int
    heartbeat_timeout_us: int
    resend_after_us: int
    retry_after_us: int
    retry_max_us: int
    retry_jitter: float
    backoff_min_us: int
    backoff_max_us: int
    fill_after_us: int
    catch_up_every_us: int
    catch_up_batch: int
    snapshot_every: int | Literal["never"]
    lost_after_us: int
    reads: Literal["log", "lease"]
    lease_us: int
    lease_drift: float
    pump: Literal["plain", "adversarial"]
    pump_wait_us: int
    pump_nothing: float
    delay: Delay
    round_trips: RoundTrips | None
    cities: tuple[CityRule, ...]
    same_city_us: int
    drop: float
    duplicate: float
    links: tuple[LinkRule, ...]
    clocks: tuple[ClockRule, ...]
    disks: Literal["as-needed", "on"]
    fsync: Delay
    disk_faults: DiskFaults
    ties: Literal["first-come", "shuffled"]
    horizon_us: int
    settle_us: int
    live_within_us: int | None
    stop_when: Literal["answered", "learned", "horizon"]

    def __init__(self, **keys: object) -> None:
        self._set(keys, where="")

    @classmethod
    def named(cls, name: str) -> "Scenario":
        """Return a shipped scenario.

        Raises
        ------
        ScenarioError
            With the nearest known name, when there is none of this name.
        """
        if name not in cls.names():
            hint = nearest(str(name), cls.names())
            known = f"{', '.join(cls.names())}, or a TOML file"
            message = f"scenario: found {shorten(name)}{hint}; allowed: {known}"
            raise ScenarioError(message)
        return cls.load(SHIPPED / f"{name}.toml")

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Return the names of the shipped scenarios."""
        return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))

    @classmethod
    def load(cls, path: str | Path) -> "Scenario":
        """Return the scenario in a TOML file; its name is the file's, unless it says another, and
        the paths in it are seen from its folder.

        Raises
        ------
        ScenarioError
            When the file cannot be read, or holds no scenario.
        """
        path = Path(path)
        keys = beside(read_toml(path), path.parent)
        where = path.name if path.name.isprintable() else shorten(path.name)
        return cls.from_dict({"name": path.stem, **keys}, where=where)

    @classmethod
    def from_dict(cls, keys: Mapping[str, object], *, where: str) -> "Scenario":
        """Return the scenario with these keys; `where` stands in front of what is refused."""
        if not isinstance(keys, Mapping):
            parse.refuse(where, keys, "a table of keys")
        scenario = cls.__new__(cls)
        scenario._set(keys, where=f"{where}: ")
        return scenario

    def replace(self, **keys: object) -> "Scenario":
        """Return this scenario with some keys changed."""
        return self._but(keys, where="")

    def with_settings(self, settings: Iterable[str]) -> "Scenario":
        """Return this scenario with settings as the command line gives them: `KEY=VALUE`."""
        keys: dict[str, object] = {}
        for key, value in map(parse_setting, settings):
            name, dot, inner = key.partition(".")
            if dot and attribute_of(name) in KEYS:
                # One key of a table, as in `nemesis.bounded`: the others stay.
                table = keys.get(name, self.to_dict()[name])
                keys[name] = {**(table if isinstance(table, Mapping) else {}), inner: value}
            else:
                keys[key] = value
        return self._but(keys, where="--set ") if keys else self

    def to_dict(self) -> dict[str, Any]:
        """Return all keys, as a file would write them: `from_dict` makes the same scenario."""
        return {
            attribute.removesuffix("_us"): key.write(getattr(self, attribute))
            for attribute, key in KEYS.items()
        }

    @cached_property
    def leader_names(self) -> tuple[NodeId, ...]:
        return tuple(map(leader_name, range(self.leaders)))

    @cached_property
    def acceptor_names(self) -> tuple[NodeId, ...]:
        """All acceptors, the spare ones last."""
        return tuple(map(acceptor_name, range(self.acceptors + self.spares)))

    @cached_property
    def member_names(self) -> tuple[NodeId, ...]:
        """The acceptors that count at first."""
        return self.acceptor_names[: self.acceptors]

    @cached_property
    def client_names(self) -> tuple[NodeId, ...]:
        """All clients; where acceptors change, the last one asks for that."""
        return tuple(map(client_name, range(self.clients + bool(self.changes))))

    @property
    def requests(self) -> int:
        """How much is asked for: values, and changes of acceptors."""
        return self.values + len(self.changes)

    @cached_property
    def node_names(self) -> tuple[NodeId, ...]:
        return (*self.leader_names, *self.acceptor_names, *self.client_names)

    @cached_property
    def roles(self) -> Roles:
        """Who plays what, for what aims at nodes by name."""
        return Roles(self.leader_names, self.acceptor_names, self.client_names)

    @cached_property
    def has_disks(self) -> bool:
        """Whether nodes keep on a disk what they persist: a crash, or whatever else befalls a
        disk, makes it needed.
        """
        return (
            self.disks == "on"
            or self.fsync != Constant(0)
            or self.disk_faults != DiskFaults()
            or self._may_befall(NEEDS_DISK)
        )

    @cached_property
    def has_clocks(self) -> bool:
        """Whether nodes have clocks of their own."""
        return bool(self.clocks) or self._may_befall(NEEDS_CLOCK)

    def _may_befall(self, kinds: frozenset[FaultKind]) -> bool:
        """Whether any of these kinds of fault is in the scenario, or may be drawn."""
        if not kinds.isdisjoint(fault.kind for fault in self.faults):
            return True
        return self.nemesis is not None and not kinds.isdisjoint(self.nemesis.may_draw)

    @cached_property
    def primary_names(self) -> tuple[NodeId, ...]:
        """The leaders that are told, at the start, that they are primary."""
        match self.primaries:
            case "highest":
                return self.leader_names[-1:]
            case "all":
                return self.leader_names
            case "none":
                return ()
            case names:
                return tuple(names)

    @cached_property
    def quorum_system(self) -> Quorums:
        return self.quorums.system(self.acceptors)

    @cached_property
    def summary(self) -> str:
        """The scenario in one sentence."""
        return summary_of(self)

    def link_model(self, source: NodeId, target: NodeId) -> LinkModel:
        """Return how a link behaves: as all do, or as measured between the cities of its ends,
        but for what link rules say; later ones win.
        """
        delay = self.delay if self._atlas is None else self._atlas.delay(source, target)
        found: dict[str, Any] = {"delay": delay, "drop": self.drop, "duplicate": self.duplicate}
        for rule in self.links:
            if rule.matches(source, target):
                changes = {key: getattr(rule, key) for key in found}
                found |= {key: value for key, value in changes.items() if value is not None}
        return LinkModel(**found)

    def clock_of(self, name: NodeId) -> ClockModel | None:
        """Return how a node's clock runs; None where it is right."""
        return clock_model(self.clocks, name)

    @cached_property
    def disk_model(self) -> DiskModel:
        """How all disks behave."""
        return DiskModel(fsync=self.fsync, **self.disk_faults.to_dict())

    @cached_property
    def _atlas(self) -> Atlas | None:
        if self.round_trips is None:
            return None
        placed = placed_in(self.cities, self.node_names, self.round_trips, "cities")
        return Atlas.made(placed, self.round_trips, self.same_city_us)

    def _but(self, keys: Mapping[str, object], *, where: str) -> "Scenario":
        given = set(map(attribute_of, keys))
        kept = {attribute: getattr(self, attribute) for attribute in KEYS if attribute not in given}
        scenario = self.__class__.__new__(self.__class__)
        scenario._set({**kept, **keys}, where=where)
        return scenario

    def _set(self, keys: Mapping[str, object], *, where: str) -> None:
        for attribute, value in parse_keys(keys, where).items():
            object.__setattr__(self, attribute, value)
        self._check_numbers(where)
        self._check_leaders(where)
        self._check_changes(where)
        self._check_clients(where)
        self._check_faults(where)
        self._check_cities(where)
        self._check_links(f"{where}links")
        check_clocks(self.clocks, self.node_names, f"{where}clocks")

    def _check_numbers(self, where: str) -> None:
        parse.placed(f"{where}quorums", "quorums", lambda: self.quorum_system)
        if self.failed_acceptors > self.acceptors:
            parse.refuse(
                f"{where}failed_acceptors", self.failed_acceptors, f"0 to {self.acceptors}"
            )
        if self.failed_leaders > self.leaders:
            parse.refuse(f"{where}failed_leaders", self.failed_leaders, f"0 to {self.leaders}")
        if self.values and not self.clients:
            parse.refuse(f"{where}clients", 0, f"1 or more, to ask for {self.values} values")
        for key in ("backoff", "think", "every"):
            least, most = getattr(self, f"{key}_min_us"), getattr(self, f"{key}_max_us")
            if least > most:
                allowed = f"at most {key}_max, which is {parse.as_duration(most)}"
                parse.refuse(f"{where}{key}_min", parse.as_duration(least), allowed)
        if self.pump_nothing == 1:
            parse.refuse(f"{where}pump_nothing", 1, "a number below 1, or nothing is handed over")

    def _check_leaders(self, where: str) -> None:
        aims = ("highest", "spread", "own")
        if self.send_to not in aims:
            _require_known(f"{where}send_to", self.send_to, (*aims, *self.leader_names))
        for name in self.primary_names:
            _require_known(f"{where}primaries", name, self.leader_names)

    def _check_clients(self, where: str) -> None:
        self.operations.check(self.replica, self.keys, where)
        think, retry = parse.as_duration(self.think_max_us), parse.as_duration(self.retry_max_us)
        if self.think_max_us and self.arrivals == "open":
            parse.refuse(f"{where}think_max", think, "0us with open arrivals: they do not wait")
        if self.think_max_us and self.in_flight == "all":
            allowed = "0us where all requests are in flight at once: nobody waits for an answer"
            parse.refuse(f"{where}think_max", think, allowed)
        if 0 < self.retry_max_us < self.retry_after_us:
            least = parse.as_duration(self.retry_after_us)
            parse.refuse(f"{where}retry_max", retry, f"0us, or from retry_after, which is {least}")

    def _check_changes(self, where: str) -> None:
        check_changes(self.changes, self.member_names, self.acceptor_names, f"{where}changes")
        if self.changes and self.reconfigure_after == "never":
            allowed = "a number of slots, where acceptors change"
            parse.refuse(f"{where}reconfigure_after", "never", allowed)
        if self.reconfigure_after != "never" and self.quorums.kind != "majority":
            allowed = "majority, where acceptors change"
            parse.refuse(f"{where}quorums", str(self.quorums), allowed)
        if self.reads == "lease" and (self.phase1 != "stable" or self.replica == "none"):
            allowed = "log, without phase1 = 'stable' and a replica"
            parse.refuse(f"{where}reads", "lease", allowed)
        if self.snapshot_every != "never" and self.replica == "none":
            parse.refuse(f"{where}snapshot_every", self.snapshot_every, "never, without a replica")

    def _check_faults(self, where: str) -> None:
        for fault in self.faults:
            check_fault(fault, self.roles, f"{where}faults")
        if self.nemesis is not None and self.nemesis.until_us >= self.horizon_us:
            until, horizon = map(parse.as_duration, (self.nemesis.until_us, self.horizon_us))
            allowed = f"a time before the horizon, {horizon}, or it never heals"
            parse.refuse(f"{where}nemesis, until", until, allowed)
        is_judged = self.nemesis is None or self.nemesis.bounded != "no"
        if self.live_within_us is not None and is_judged:
            self._check_ending(where)
            self._check_bound(where, self.live_within_us)

    def _check_ending(self, where: str) -> None:
        """Refuse to ask for liveness where what befalls the cluster never lets it come."""
        failed = self.leader_names[: self.failed_leaders]
        failed += self.acceptor_names[: self.failed_acceptors]
        healed = () if self.nemesis is None else (Fault(self.nemesis.until_us, "heal-all"),)
        ending = ending_of((*healed, *self.faults), self.roles, failed)
        if not ending.has_quorum(self.leader_names, self.member_names, self.quorum_system):
            last = ending.faults[-1]
            allowed = "a `for`, or healing, that leaves some leader a quorum, as live_within is set"
            parse.refuse(f"{where}faults", str(last), allowed)

    def _check_bound(self, where: str, within_us: int) -> None:
        """Refuse to ask for liveness within a time that is not over when the run is."""
        healed_us = 0 if self.nemesis is None else self.nemesis.until_us
        least_us = max(healed_us, 0, *map(end_of, self.faults)) + within_us
        if self.horizon_us < least_us:
            horizon, least = map(parse.as_duration, (self.horizon_us, least_us))
            allowed = f"{least} or later: live_within after the last fault is over"
            parse.refuse(f"{where}horizon", horizon, allowed)

    def _check_cities(self, where: str) -> None:
        parse.placed(f"{where}same_city", "delay", lambda: Constant(self.same_city_us))
        placed = placed_in(self.cities, self.node_names, self.round_trips, f"{where}cities")
        if self.round_trips is not None:
            used = self.round_trips.between(frozenset(placed.values()))
            object.__setattr__(self, "round_trips", used)

    def _check_links(self, where: str) -> None:
        for rule in self.links:
            for pattern in (rule.source, rule.target):
                if not any(fnmatchcase(name, pattern) for name in self.node_names):
                    parse.refuse(where, pattern, "a pattern that matches some node")


def _require_known(where: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        some = ", ".join(known[:_NAMES_SHOWN]) + (", …" if len(known) > _NAMES_SHOWN else "")
        parse.refuse(where, name, f"one of {some}", nearest(name, known))
