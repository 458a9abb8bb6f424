"""Scenarios: what is simulated, as frozen, validated values.

A scenario is made from keywords, from a TOML file with the same keys, or from another scenario;
`KEYS` says what each key allows.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from paxos_des.cluster import parse
from paxos_des.cluster.aims import Roles
from paxos_des.cluster.changes import Change
from paxos_des.cluster.cities import Atlas, CityRule, placed_in
from paxos_des.cluster.clocks import ClockModel, ClockRule, clock_model
from paxos_des.cluster.consistency import check_scenario
from paxos_des.cluster.disks import DiskFaults
from paxos_des.cluster.fault_model import FaultModel
from paxos_des.cluster.faults import NEEDS_CLOCK, NEEDS_DISK, Fault, FaultKind
from paxos_des.cluster.files import read_toml
from paxos_des.cluster.keys import KEYS, attribute_of, beside, parse_keys, parse_setting
from paxos_des.cluster.life_rules import LifeRule
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
    lives: tuple[LifeRule, ...]
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
        """All clients; where acceptors change, the last one asks for that, or the last ones do: so
        many as there are changes at one time.
        """
        at_once = Counter(change.at_us for change in self.changes)
        operators = max(at_once.values(), default=0)
        return tuple(map(client_name, range(self.clients + operators)))

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
        deeds = (*(fault.kind for fault in self.faults), *(rule.deed for rule in self.lives))
        if not kinds.isdisjoint(deeds):
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
        check_scenario(self, where)
        self._check_cities(where)

    def _check_cities(self, where: str) -> None:
        parse.placed(f"{where}same_city", "delay", lambda: Constant(self.same_city_us))
        placed = placed_in(self.cities, self.node_names, self.round_trips, f"{where}cities")
        if self.round_trips is not None:
            used = self.round_trips.between(frozenset(placed.values()))
            object.__setattr__(self, "round_trips", used)
