"""A pool without an engine: leaders and acceptors for one slot, and a policy that picks.

Quick, and enough to see what a policy does: messages and timers, losses and duplicates; no crashes.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from paxos_des.cluster.registry import MULTI_PAXOS, ProtocolSpec
from paxos_des.cluster.scenario import Scenario
from paxos_des.cluster.shared import settings_of
from paxos_des.engine.pool import Deed, Event, EventKind, Policy
from paxos_des.names import NodeId, client_name
from paxos_des.protocol.ballot import Ballot, Command, Value
from paxos_des.protocol.effects import (
    Believe,
    Broadcast,
    CancelTimer,
    Effect,
    Learned,
    Persist,
    Send,
    SetTimer,
    Voted,
)
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.messages import Request

DUEL = Scenario.named("duel")
ALL: frozenset[Deed] = frozenset(("happen", "lose", "double"))


@dataclass
class Toy:
    """One run: what there was to pick from, what was picked, and what came of it."""

    scenario: Scenario = DUEL
    protocol: ProtocolSpec = MULTI_PAXOS
    events: list[Event] = field(default_factory=list)
    picked: list[tuple[Deed, Event]] = field(default_factory=list)
    learned: dict[NodeId, Value] = field(default_factory=dict)
    votes: dict[Ballot, set[NodeId]] = field(default_factory=dict)
    chosen: set[Value] = field(default_factory=set)
    on_effect: Callable[[NodeId, Effect], object] | None = None
    _numbers: int = 0
    _parent: int = -1

    def run(self, policy: Policy, *, steps: int = 150, may: frozenset[Deed] = ALL) -> "Toy":
        settings = settings_of(self.scenario)
        self.roles: dict[NodeId, Any] = {}
        for index, name in enumerate(settings.leaders):
            leadership = Leadership(name)
            role = self.roles[name] = self.protocol.leader(leadership, settings, name)
            self.do(name, role.on_start())
            command = Command(client_name(index), 0, ("put", "k", index))
            self.join("deliver", name, client_name(index), Request(command))
        for name in settings.acceptors:
            self.roles[name] = self.protocol.acceptor(name, settings)
        for _ in range(steps):
            if not self.events or len(self.learned) == len(settings.leaders):
                break
            picked = policy.pick(self.events, may)
            if picked is None:
                break
            deed, place = picked
            event = self.events[place]
            assert deed == "happen" or event.kind == "deliver", picked
            self.picked.append((deed, event))
            if deed != "double":
                del self.events[place]
            if deed != "lose":
                self.happen(event)
        return self

    @property
    def disagrees(self) -> bool:
        return len(set(map(str, self.learned.values()))) > 1

    @property
    def steps(self) -> int:
        return len(self.picked)

    def join(self, kind: EventKind, node: NodeId, peer: NodeId, content: Any) -> None:  # noqa: ANN401 - as an Event's
        self.events.append(Event(self._numbers, kind, node, peer, content, self._parent))
        self._numbers += 1

    def happen(self, event: Event) -> None:
        self._parent = event.number
        role = self.roles.get(event.node)
        if role is None:
            return
        if event.kind == "timer":
            self.do(event.node, role.on_timer(event.content))
        else:
            self.do(event.node, role.on_message(event.peer, event.content))

    def do(self, name: NodeId, effects: list[Effect]) -> None:  # noqa: C901 - one match, a case for each effect
        for effect in effects:
            if self.on_effect is not None:
                self.on_effect(name, effect)
            match effect:
                case Send(target=target, message=message):
                    self.join("deliver", target, name, message)
                case Broadcast(targets=targets, message=message):
                    for target in targets:
                        self.join("deliver", target, name, message)
                case SetTimer(timer=timer):
                    self.drop_timer(name, timer)
                    self.join("timer", name, "", timer)
                case CancelTimer(timer=timer):
                    self.drop_timer(name, timer)
                case Believe(primary=primary):
                    self.do(name, self.roles[name].on_believe(primary))
                case Persist(record=Voted(ballot=ballot, value=value)):
                    voters = self.votes.setdefault(ballot, set())
                    voters.add(name)
                    if len(voters) > len(self.scenario.acceptor_names) // 2:
                        self.chosen.add(value)
                case Learned(value=value):
                    self.learned[name] = value
                case _:
                    pass

    def drop_timer(self, name: NodeId, timer: object) -> None:
        self.events[:] = [
            event
            for event in self.events
            if event.kind != "timer" or event.node != name or event.content != timer
        ]
