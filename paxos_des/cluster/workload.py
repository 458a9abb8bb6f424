"""The workload: which clients there are, what each asks for, whom, and when."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from paxos_des.cluster.changes import asked_for
from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Chooser, Key, name_of, stream_of
from paxos_des.names import NodeId, index_of
from paxos_des.protocol.ballot import Operation
from paxos_des.protocol.client import Client
from paxos_des.protocol.habits import Habits
from paxos_des.protocol.role import Settings, Workload


def client_of(
    scenario: Scenario,
    settings: Settings,
    name: NodeId,
    chooser: Chooser,
    habits: Habits | None = None,
) -> Client:
    """Return a client that has asked for nothing yet; its habits may be known from another."""
    habits = habits_of(scenario, settings) if habits is None else habits
    if index_of(name) >= scenario.clients:
        return _operator(scenario, settings, name, habits)
    return Client(
        name,
        settings.leaders,
        operation_of(scenario, name, chooser),
        count_of(scenario, name),
        first_leader_of(scenario, name),
        habits,
    )


def workload_of(scenario: Scenario, name: NodeId, chooser: Chooser) -> Workload:
    """Return what a client of another protocol is to ask for."""
    return Workload(
        count_of(scenario, name),
        operation_of(scenario, name, chooser),
        first_leader_of(scenario, name),
    )


def _operator(scenario: Scenario, settings: Settings, name: NodeId, others: Habits) -> Client:
    """Return a client that asks for changes of the acceptors, one after the other: of those of one
    time, for the one that has its rank, and of a leader of its own.
    """
    number = index_of(name) - scenario.clients
    own = [
        (change.at_us, change.of(before))
        for rank, change, before in asked_for(scenario.changes, scenario.member_names)
        if rank == number
    ]
    sets = tuple(names for _, names in own)
    at_us = (0, *(when_us for when_us, _ in own))
    habits = replace(
        others,
        in_flight=1,
        arrivals="open",
        waits_us=tuple(later - one for one, later in pairwise(at_us)),
    )
    return Client(
        name,
        settings.leaders,
        lambda sequence: ("reconfigure", sets[sequence]),
        len(sets),
        lambda _: settings.leaders[-1 - number % len(settings.leaders)],
        habits,
    )


def habits_of(scenario: Scenario, settings: Settings, *, is_durable: bool = False) -> Habits:
    """Return how the clients of a scenario ask.

    Their window of sequence numbers holds where something rests on it, and only there: it changes
    what is asked when.
    """
    return Habits(
        in_flight=None if scenario.in_flight == "all" else scenario.in_flight,
        retry_after_us=settings.retry_after_us,
        retry_us_max=scenario.retry_max_us,
        retry_jitter=scenario.retry_jitter,
        arrivals=scenario.arrivals,
        think_us_min=scenario.think_min_us,
        think_us_max=scenario.think_max_us,
        every_us_min=scenario.every_min_us,
        every_us_max=scenario.every_max_us,
        is_windowed=settings.replica != "none" or settings.snapshot_every is not None,
        is_durable=is_durable,
    )


def count_of(scenario: Scenario, client: NodeId) -> int:
    """Return how many values a client asks for: they are dealt in turn."""
    return len(range(index_of(client), scenario.values, scenario.clients))


def operation_of(
    scenario: Scenario, client: NodeId, chooser: Chooser
) -> Callable[[int], Operation]:
    """Return what a client asks for, by sequence number."""
    if scenario.operations.weights:
        return Mixture(scenario, client, chooser).operation_of
    index, clients = index_of(client), scenario.clients
    match scenario.replica:
        case "register":
            return lambda sequence: ("write", index + sequence * clients)
        case "list":
            return lambda sequence: ("append", index + sequence * clients)
        case _:
            return lambda sequence: ("put", "x", index + sequence * clients)


class Mixture:
    """Draws what one client asks for, from operations that have weights, and from keys.

    What it writes is its index and the sequence number, in one text, so that no value is written
    twice and a stale read is seen. What it compares with (`cas`) is what it wrote last there.

    Parameters
    ----------
    scenario, client, chooser
        Whose operations, for whom, and who decides.
    """

    def __init__(self, scenario: Scenario, client: NodeId, chooser: Chooser) -> None:
        self._client = client
        self._index = index_of(client)
        self._chooser = chooser
        self._weights = scenario.operations.weights
        has_keys = scenario.replica == "kv"
        keys = tuple(f"k{number}" for number in range(scenario.keys)) if has_keys else ()
        self._endings = tuple(f" {key}" for key in keys) or ("",)
        self._written: dict[str, Operation] = {}

    def operation_of(self, sequence: int) -> Operation:
        name, *key = self._draw(sequence).split()
        place = "".join(key)
        if name in ("get", "read"):
            return (name, *key)
        if name == "delete":
            self._written.pop(place, None)
            return (name, *key)
        value = f"{self._index}:{sequence}"
        old = self._written.get(place)
        self._written[place] = value
        return (name, *key, old, value) if name == "cas" else (name, *key, value)

    def _draw(self, sequence: int) -> str:
        """Pick an operation, and a key where there are any: "get k1". The dullest is the first."""
        chooser, place, endings = self._chooser, (self._client,), self._endings
        dull = drawn = self._weights[0][0] + endings[0]
        if len(self._weights) == 1 and len(endings) == 1:
            return dull
        if chooser.weather is not None:
            stream = stream_of("operation", place)
            drawn = self._weighed(chooser.weather.bits(stream, chooser.count(stream)))
        if not (chooser.is_careful and chooser.minds(place)):
            return drawn
        what = name_of({"sequence": sequence})
        key = Key("operation", place, what, chooser.copy(place, what))
        return str(chooser.choose(key, drawn, dull, among=self.possible))

    def _weighed(self, bits: int) -> str:
        """Return what 64 bits pick: an operation by its weight, all keys alike."""
        endings = self._endings
        rest = bits * sum(weight for _, weight in self._weights) * len(endings) >> 64
        for name, weight in self._weights:
            if rest < weight * len(endings):
                return name + endings[rest % len(endings)]
            rest -= weight * len(endings)
        raise AssertionError(rest)

    @cached_property
    def possible(self) -> tuple[str, ...]:
        """All that a request may be."""
        return tuple(name + ending for name, _ in self._weights for ending in self._endings)


def first_leader_of(scenario: Scenario, client: NodeId) -> Callable[[int], NodeId]:
    """Return to which leader a client sends each command at first, by its sequence number."""
    leaders = scenario.leader_names
    match scenario.send_to:
        case "highest":
            return lambda _: leaders[-1]
        case "spread":
            return lambda sequence: leaders[sequence % len(leaders)]
        case "own":
            own = leaders[index_of(client) % len(leaders)]
            return lambda _: own
        case name:
            return lambda _: name
