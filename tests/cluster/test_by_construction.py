"""A node lets nothing out before what came first is durable, whatever its roles ask for, by
construction: any effects, in any order, from any of its roles, and whatever befalls it meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des.cluster.gate import Gate
from paxos_des.cluster.node import Node
from paxos_des.cluster.seat import Seat
from paxos_des.engine.choices import Chooser
from paxos_des.engine.delays import Constant, Exponential, Uniform
from paxos_des.engine.disk import DiskModel
from paxos_des.engine.disk_format import Found, read_back
from paxos_des.engine.entries import Entry
from paxos_des.engine.links import LinkModel, NetworkPlan
from paxos_des.engine.network import Network
from paxos_des.engine.trace import Recording, Trace
from paxos_des.engine.world import World
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.effects import (
    Broadcast,
    Compact,
    Effect,
    Forgot,
    Invoked,
    Persist,
    Record,
    Reserved,
    Send,
    SetTimer,
    Snapshotted,
    Timer,
)

ME, YOU, OTHER = "leader-0", "acceptor-0", "acceptor-1"
MODEL = LinkModel(delay=Constant(10), drop=0.0, duplicate=0.0)

Recipe = tuple[str, ...]
"""The effects that a role asks for at once, by name."""


class Plain(msgspec.Struct, frozen=True, tag=True):
    """A message for the first role."""

    recipe: Recipe


class Routed(msgspec.Struct, frozen=True, tag=True):
    """A message for the second role, to whose mailbox the first one's pump hands it."""

    recipe: Recipe


class Out(msgspec.Struct, frozen=True, tag=True):
    """What leaves: of which life, and how many records were asked for before it."""

    number: int
    life: int
    records: int


@dataclass
class Scribe:
    """Numbers what all roles of one node ask for, in all lives."""

    life: int = 0
    records: int = 0
    lost: int = 0
    asked: list[Out] = field(default_factory=list)

    def begin(self) -> None:
        """Begin another life: what the last one did not make durable, nobody waits for."""
        self.life += 1
        self.lost = self.records

    def cook(self, recipe: Recipe) -> list[Effect]:
        return [self._make(name) for name in recipe]

    def _make(self, name: str) -> Effect:
        if name == "timer":
            return SetTimer(timer=Timer("again"), delay_us_min=5, delay_us_max=90)
        if name in ("persist", "compact"):
            self.records += 1
            record = Reserved(self.records)
            return Persist(record) if name == "persist" else Compact((record, record))
        out = Out(len(self.asked), self.life, self.records if self.records > self.lost else 0)
        self.asked.append(out)
        return OUTGOING[name](out)


OUTGOING: dict[str, Callable[[Any], Effect]] = {
    "send": lambda out: Send(YOU, out),
    "broadcast": lambda out: Broadcast((YOU, OTHER), out),
    "snapshot": lambda out: Snapshotted(out.number, ""),
    "forget": lambda out: Forgot(out.number),
    "invoke": lambda out: Invoked(Command("client-0", out.number, None)),
}


@dataclass
class Cook:
    """A role that asks for what messages say, and, at a timer, for what it was made with."""

    scribe: Scribe
    recipe: Recipe

    def on_start(self) -> list[Effect]:
        return self.scribe.cook(self.recipe)

    def recover(self, _: Sequence[Record]) -> list[Effect]:
        return self.scribe.cook(self.recipe)

    def on_message(self, _: str, message: Plain | Routed) -> list[Effect]:
        return self.scribe.cook(message.recipe)

    def on_timer(self, _: Timer) -> list[Effect]:
        return self.scribe.cook(tuple(name for name in self.recipe if name != "timer"))


class Kitchen:
    """A node with a disk and two roles, and who looks at its disk whenever something leaves."""

    def __init__(
        self, model: DiskModel, recipe: Recipe, *, seed: int, recording: Recording = "digest"
    ) -> None:
        self.world, self.trace = World(), Trace(recording)
        chooser = Chooser(seed)
        pairs = [(ME, YOU), (ME, OTHER), (YOU, ME)]
        plan = NetworkPlan((*pair, MODEL) for pair in pairs)
        self.network = Network(self.world, self.trace, chooser, plan, has_shuffled_ties=False)
        self.scribe, self.recipe = Scribe(), recipe
        self.trace.watching[Out].append(lambda entry: self._on_left(entry.message))
        for event, number_of in NUMBERS.items():
            self.trace.observers[event] = [partial(self._on_noted, number_of)]
        self.left: list[Out] = []
        self.node = Node(
            ME, world=self.world, trace=self.trace, chooser=chooser, network=self.network
        )
        self.node.furnish = self._furnish
        self.node.use_disk(model)
        self._furnish(self.node)
        for target in (YOU, OTHER):
            self.network.links[ME][target].receive = lambda _: None
        self.network.links[YOU][ME].receive = self.node.boot()
        self.node.start()

    def play(self, deeds: list[tuple[int, str, Recipe]]) -> None:
        """Do what is to be done, each after so many µs; then bring the node up, and go on."""
        at_us = 0
        for after_us, name, recipe in deeds:
            at_us += after_us
            self.world.call_at(at_us, self._do, (name, recipe))
        for name in ("crash now", "restart", "resume"):
            self.world.call_at(at_us + 1, self._do, (name, ()))
        self.world.run(until=at_us + 10**6)

    def last_life(self, of: Callable[["Kitchen"], list[Out]]) -> list[Out]:
        return [out for out in of(self) if out.life == self.scribe.life]

    def _furnish(self, node: Node) -> None:
        self.scribe.begin()
        node.sit(Cook(self.scribe, self.recipe))
        second: Seat = node.sit(Cook(self.scribe, self.recipe))
        node.routes[Routed] = second

    def _do(self, deed: tuple[str, Recipe]) -> None:
        name, recipe = deed
        node, disk = self.node, self.node.disk
        assert disk is not None
        if name in ("plain", "routed"):
            message = Plain(recipe) if name == "plain" else Routed(recipe)
            self.network.sender(YOU)((ME,), message)
            return
        befalls: dict[str, Callable[[], object]] = {
            "pause": node.pause,
            "resume": node.resume,
            "slow": lambda: node.slow(7),
            "restart": node.restart,
            "crash now": node.crash,
            "crash before": lambda: node.crash("before-durable"),
            "crash after": lambda: node.crash("after-durable"),
            "fsync-fails": disk.fail_next,
        }
        befalls[name]()

    def _on_noted(self, number_of: Callable[[Any], int], entry: Entry) -> None:
        self._on_left(self.scribe.asked[number_of(entry)])

    def _on_left(self, out: Out) -> None:
        """Look at the bytes on the disk themselves: they hold all that was asked for before."""
        disk = self.node.disk
        assert disk is not None
        disk._catch_up()
        found = read_back(disk._platter)
        assert isinstance(found, Found), found
        kept = map(DECODE, found.payloads)
        newest = max((one.round for one in kept if isinstance(one, Reserved)), default=0)

        assert newest >= out.records, f"{out} left, and record {newest} is the last one"
        assert out.life == self.scribe.life, f"{out} left in life {self.scribe.life}"
        self.left.append(out)


DECODE = msgspec.json.Decoder(Record).decode
NUMBERS: dict[str, Callable[[Any], int]] = {
    "snapshot": lambda entry: entry.slot,
    "forget": lambda entry: entry.below,
    "invoke": lambda entry: entry.command.sequence,
}

recipes = st.lists(
    st.sampled_from(
        ["persist", "compact", "timer", "send", "broadcast", "snapshot", "forget", "invoke"]
    ),
    max_size=6,
).map(tuple)
deeds = st.lists(
    st.tuples(
        st.integers(0, 60),
        st.sampled_from(
            ["plain"] * 6 + ["routed"] * 4
            + ["pause", "resume", "resume", "slow", "restart", "restart", "crash now",
               "crash before", "crash after", "fsync-fails"]
        ),
        recipes,
    ),
    max_size=25,
)  # fmt: skip
disks = st.sampled_from(
    [
        DiskModel(),
        DiskModel(fsync=Constant(20)),
        DiskModel(fsync=Uniform(low_us=0, high_us=80), torn=0.5),
        DiskModel(fsync=Exponential(mean_us=30), fsync_fails=0.05, torn=0.5),
    ]
)


@settings(max_examples=300, deadline=None)
@given(model=disks, recipe=recipes, found=deeds, seed=st.integers(0, 2**32))
def test_nothing_leaves_before_what_came_first_is_durable(
    model: DiskModel, recipe: Recipe, found: list[tuple[int, str, Recipe]], seed: int
) -> None:
    """And it leaves in the order in which it was asked for, and, unless the node crashes, all of
    it does.
    """
    kitchen = Kitchen(model, recipe, seed=seed)

    kitchen.play(found)

    numbers = [out.number for out in kitchen.left]
    assert numbers == sorted(set(numbers))
    if not model.fsync_fails and kitchen.node.is_up:
        left = kitchen.last_life(lambda one: one.left)
        assert left == kitchen.last_life(lambda one: one.scribe.asked)


def test_all_that_can_wait_has_waited() -> None:
    """A check of what never happened proves nothing."""
    recipe = ("send", "persist", "send", "broadcast", "snapshot", "persist", "forget", "invoke")
    kitchen = Kitchen(DiskModel(fsync=Constant(20)), recipe, seed=1)

    assert [out.records for out in kitchen.left] == [0]
    kitchen.play([])

    assert Counter(out.records for out in kitchen.left if out.life == 2) == {
        0: 1, 5: 3, 6: 3, 7: 3, 8: 2,
    }  # fmt: skip
    assert kitchen.last_life(lambda one: one.left) == kitchen.last_life(
        lambda one: one.scribe.asked
    )


@pytest.mark.parametrize(
    ("method", "planted", "effect"),
    [
        ("send", lambda gate, *it: gate._send(*it), "send"),
        ("send", lambda gate, *it: gate._send(*it), "broadcast"),
        ("holds_back", lambda *_: False, "forget"),
        ("holds_back", lambda *_: False, "snapshot"),
        ("holds_back", lambda *_: False, "invoke"),
    ],
)
def test_a_node_without_its_gate_is_found_out(
    monkeypatch: pytest.MonkeyPatch, method: str, planted: Callable[..., object], effect: str
) -> None:
    monkeypatch.setattr(Gate, method, planted)

    with pytest.raises(AssertionError, match="and record 0 is the last one"):
        Kitchen(DiskModel(fsync=Constant(20)), ("persist", effect), seed=1)
