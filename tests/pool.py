"""A cluster of roles without an engine: what could happen next lies in a pool, and chance picks.

Messages are delivered in any order, twice or never; timers fire at any time; a node crashes between
any two of its effects, and comes back with what it made durable. Every step is checked: one value
is chosen for a slot at most, what is learned, told, applied or in a snapshot is what was chosen,
and no ballot is ever used twice.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from paxos_des.checks.configurations import Configurations
from paxos_des.names import NodeId
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.ballot import Ballot, Command, Slot, Value
from paxos_des.protocol.chain import CHAIN_START, chained
from paxos_des.protocol.effects import (
    Adopted,
    Applied,
    Believe,
    Broadcast,
    CancelTimer,
    Compact,
    Effect,
    Forgot,
    Installed,
    Learned,
    Persist,
    Record,
    Recovered,
    Send,
    SetTimer,
    Snapshotted,
    Timer,
    Told,
    Voted,
)
from paxos_des.protocol.heartbeat import HeartbeatListener, HeartbeatSender, Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.messages import Accept, Heartbeat, Message, Prepare, Reply, Request
from paxos_des.protocol.role import Settings

SLOW_TIMERS = ("silence", "lost", "retry")


@dataclass(slots=True)
class Machine:
    """One node: its roles, first the one that hears the network; its disk, and which life it is."""

    name: NodeId
    roles: list[Any] = field(default_factory=list)
    disk: list[Record] = field(default_factory=list)
    timers: dict[tuple[int, Timer], None] = field(default_factory=dict)
    is_up: bool = False
    lives: int = 0


class Pool:
    """Runs a cluster of these settings, by a random schedule."""

    def __init__(self, settings: Settings, commands: Sequence[Command], seed: int) -> None:
        self.settings = settings
        self.random = Random(seed)  # noqa: S311 - a test's own chance, from its seed
        self.acceptors = (*settings.acceptors, *settings.spares)
        self.machines = {name: Machine(name) for name in (*settings.leaders, *self.acceptors)}
        self.flying: list[tuple[NodeId, NodeId, Message]] = []
        self.open: dict[tuple[NodeId, int], Command] = {
            (one.client, one.sequence): one for one in commands
        }
        self.votes: dict[tuple[Slot, Ballot], set[NodeId]] = {}
        self.asked: dict[tuple[Slot, Ballot], Value] = {}
        self.chosen: dict[Slot, Value] = {}
        self.configurations = Configurations(settings.quorums, settings.reconfigure_after)
        self.prepared: dict[Ballot, tuple[NodeId, int]] = {}
        self.replies: dict[tuple[NodeId, int], tuple[Slot | None, Any]] = {}
        self.counts: Counter[str] = Counter()
        self.crash_rate = 0.0
        for machine in self.machines.values():
            self.boot(machine)

    # What may happen.

    def run_wildly(self, steps: int, *, crash: float, drop: float, double: float) -> None:
        """Let anything happen."""
        for _ in range(steps):
            self.crash_rate = crash
            draw = self.random.random()
            down = [machine for machine in self.machines.values() if not machine.is_up]
            if down and draw < 0.02:
                self.boot(self.random.choice(down))
            elif draw < 0.08 or not self.flying:
                self.fire(is_wild=True)
            elif draw < 0.12 and self.open:
                self.ask()
            else:
                self.deliver(drop=drop, double=double)

    def run_calmly(self, rounds: int) -> bool:
        """Let all come back, lose nothing, and see to it that everything is answered and equal."""
        self.crash_rate = 0.0
        for machine in self.machines.values():
            if not machine.is_up:
                self.boot(machine)
        for count in range(rounds):
            self.deliver_all()
            if self.is_done():
                return True
            for name in list(self.open):
                self.ask(name)
            for machine in self.machines.values():
                self.ring_all(machine, is_slow_too=count % 8 == 7)
        return self.is_done()

    def ring_all(self, machine: Machine, *, is_slow_too: bool) -> None:
        """Let the timers of a node fire that are set now, and what follows from each happen."""
        for key in list(machine.timers):
            if key in machine.timers and (is_slow_too or key[1].name not in SLOW_TIMERS):
                self.ring(machine, key)
                self.deliver_all()

    def deliver_all(self) -> None:
        while self.flying:
            self.deliver(drop=0, double=0)

    def is_done(self) -> bool:
        firsts = {self.leader(name).learner.first_unlearned for name in self.settings.leaders}
        if self.settings.phase1 == "per-slot":
            # A slot may be chosen whose voters all crashed before they told: nobody asks for it.
            return not self.open and len(firsts) == 1
        return not self.open and firsts == {max(self.chosen, default=-1) + 1}

    def leader(self, name: NodeId) -> Leader:
        leader = self.machines[name].roles[0]
        assert isinstance(leader, Leader)
        return leader

    def deliver(self, *, drop: float, double: float) -> None:
        place = self.random.randrange(len(self.flying))
        self.flying[place], self.flying[-1] = self.flying[-1], self.flying[place]
        source, target, message = self.flying.pop()
        draw = self.random.random()
        if draw < drop:
            return
        if draw < drop + double:
            self.flying.append((source, target, message))
        if target not in self.machines:
            assert isinstance(message, Reply) or type(message).__name__ == "Redirect", message
            if isinstance(message, Reply):
                self.complete(target, message)
            return
        machine = self.machines[target]
        if not machine.is_up:
            return
        seat = 2 if isinstance(message, Heartbeat) else 0
        self.do(machine, seat, machine.roles[seat].on_message(source, message))

    def fire(self, *, is_wild: bool) -> None:
        rings = [
            (machine, key)
            for machine in self.machines.values()
            if machine.is_up
            for key in machine.timers
        ]
        if not rings:
            return
        machine, key = self.random.choice(rings)
        if is_wild and key[1].name in SLOW_TIMERS and self.random.random() < 0.8:
            return
        self.ring(machine, key)

    def ring(self, machine: Machine, key: tuple[int, Timer]) -> None:
        del machine.timers[key]
        seat, timer = key
        self.do(machine, seat, machine.roles[seat].on_timer(timer))

    def ask(self, name: tuple[NodeId, int] | None = None) -> None:
        name = self.random.choice(list(self.open)) if name is None else name
        leader = self.random.choice(self.settings.leaders)
        self.flying.append((name[0], leader, Request(self.open[name])))

    def boot(self, machine: Machine) -> None:
        machine.is_up, machine.lives = True, machine.lives + 1
        machine.timers.clear()
        if machine.name in self.acceptors:
            machine.roles = [self.make_acceptor(machine.name)]
        else:
            leadership = Leadership(machine.name)
            peers = tuple(one for one in self.settings.leaders if one != machine.name)
            machine.roles = [
                self.make_leader(leadership),
                HeartbeatSender(leadership, peers, 1),
                HeartbeatListener(leadership, 2),
            ]
        for seat, role in enumerate(machine.roles):
            if machine.lives == 1:
                effects = role.on_start()
            else:
                effects = role.recover(tuple(machine.disk) if seat == 0 else ())
            self.do(machine, seat, effects)

    def make_acceptor(self, name: NodeId) -> Acceptor:
        assert name in self.acceptors
        return Acceptor(self.settings.leaders)

    def make_leader(self, leadership: Leadership) -> Leader:
        return Leader.make(leadership, self.settings, self.settings.leaders[-1])

    # What a node does.

    def do(self, machine: Machine, seat: int, effects: list[Effect]) -> None:
        for effect in effects:
            if not machine.is_up:
                return
            self.counts[type(effect).__name__] += 1
            self.do_one(machine, seat, effect)
            if self.crash_rate and self.random.random() < self.crash_rate:
                machine.is_up = False
                self.counts["crash"] += 1
                return

    def do_one(self, machine: Machine, seat: int, effect: Effect) -> None:
        match effect:
            case Persist(record=record):
                machine.disk.append(record)
                if isinstance(record, Voted):
                    self.vote(machine.name, record)
            case Compact(records=records):
                machine.disk = list(records)
            case SetTimer(timer=timer):
                machine.timers[seat, timer] = None
            case CancelTimer(timer=timer):
                machine.timers.pop((seat, timer), None)
            case Believe(primary=primary):
                self.do(machine, 0, machine.roles[0].on_believe(primary))
            case Send() | Broadcast():
                self.send_all(machine, effect)
            case _:
                self.judge(effect)

    def send_all(self, machine: Machine, effect: Send | Broadcast) -> None:
        targets = effect.targets if isinstance(effect, Broadcast) else (effect.target,)
        for target in targets:
            self.send(machine, target, effect.message)

    def judge(self, effect: Effect) -> None:
        match effect:
            case Learned(slot=slot, value=value) | Applied(slot=slot, value=value):
                self.expect_chosen(slot, value, effect)
            case Told(slot=slot, value=value):
                self.expect_chosen(slot, value, effect)
            case Snapshotted(slot=slot, chain=chain) | Installed(slot=slot, chain=chain):
                assert chain == self.chain(slot), effect
            case Adopted() | Forgot() | Recovered():
                pass
            case _:
                raise AssertionError(effect)

    def send(self, machine: Machine, target: NodeId, message: Message) -> None:
        if isinstance(message, Prepare):
            life = (machine.name, machine.lives)
            assert self.prepared.setdefault(message.ballot, life) == life, message
        elif isinstance(message, Accept):
            asked = self.asked.setdefault((message.slot, message.ballot), message.value)
            assert asked == message.value, f"asked for {asked}, then {message}"
        self.counts[type(message).__name__] += 1
        self.flying.append((machine.name, target, message))

    # What must hold.

    def vote(self, name: NodeId, vote: Voted) -> None:
        assert self.asked[vote.slot, vote.ballot] == vote.value, vote
        voters = self.votes.setdefault((vote.slot, vote.ballot), set())
        voters.add(name)
        if self.is_quorum(vote.slot, voters):
            if vote.slot not in self.chosen:
                self.configurations.on_chosen(vote.slot, vote.value)
            chosen = self.chosen.setdefault(vote.slot, vote.value)
            assert chosen == vote.value, f"slot {vote.slot}: {chosen}, then {vote}"

    def is_quorum(self, slot: Slot, voters: set[NodeId]) -> bool:
        members, quorums = self.configurations.at(slot)
        return quorums.is_phase2([name for name in voters if name in members])

    def expect_chosen(self, slot: Slot, value: Value, effect: Effect) -> None:
        assert self.chosen.get(slot) == value, f"{effect}; chosen is {self.chosen.get(slot)}"

    def chain(self, length: int) -> str:
        chain = CHAIN_START
        for slot in range(length):
            chain = chained(chain, self.chosen[slot])
        return chain

    def complete(self, client: NodeId, reply: Reply) -> None:
        name = (client, reply.sequence)
        found = (reply.slot, reply.result)
        if self.settings.replica != "none":  # else each leader names the slot that it learned first
            assert self.replies.setdefault(name, found) == found, f"{found}, then {reply}"
        self.open.pop(name, None)
