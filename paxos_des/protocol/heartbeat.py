"""Heartbeats: who believes that it is the primary, and how that changes.

Leadership is a belief, never a fact: two leaders may both hold it, and safety does not rest on
it. As in 2009, the primary sends a heartbeat to every other leader at a fixed interval; one
from a leader of a higher index demotes; silence promotes; one from a lower leader changes no
role, but ends the wait like any other.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from paxos_des.names import NodeId, index_of
from paxos_des.protocol.ballot import Slot
from paxos_des.protocol.catching_up import CatchingUp
from paxos_des.protocol.effects import Believe, Broadcast, Effect, Record, SetTimer, Timer
from paxos_des.protocol.forgetting import Forgetting
from paxos_des.protocol.messages import Heartbeat

BEAT = Timer("beat")
SILENCE = Timer("silence")


@dataclass(slots=True)
class Leadership:
    """What one leader node believes; its leader, sender and listener share it.

    Only the leader changes its belief, so that what follows from a change happens in one place.

    Attributes
    ----------
    is_listening
        Heartbeats are heard here, so that someone will tell who is primary, and how far it is.
    has_woken
        Nothing was heard for a time because this leader was deaf: that silence says nothing.
    catching_up, forgetting
        What the leader has that is asked for at a heartbeat; None: no leader has come yet, or
        nothing is forgotten here.
    """

    name: NodeId
    primary: NodeId | None = None
    is_listening: bool = False
    has_woken: bool = False
    catching_up: CatchingUp | None = None
    forgetting: Forgetting | None = None

    @property
    def is_primary(self) -> bool:
        return self.primary == self.name

    @property
    def learned(self) -> Slot:
        """All slots below this one are learned here."""
        return 0 if self.catching_up is None else self.catching_up.learner.first_unlearned

    def on_heartbeat(self, source: NodeId, learned: Slot) -> list[Effect]:
        """Tell the primary how far this leader is, and ask for what it lacks."""
        effects: list[Effect] = []
        if self.forgetting is not None:
            effects.append(self.forgetting.answer(source))
        if self.catching_up is not None:
            snapshot = None if self.forgetting is None else self.forgetting.snapshot
            effects += self.catching_up.on_heartbeat(source, learned, snapshot)
        return effects


@dataclass(slots=True)
class HeartbeatSender:
    """Tells the other leaders, at a fixed interval, that its leader is primary, while it is."""

    leadership: Leadership
    peers: tuple[NodeId, ...]
    every_us: int

    def on_start(self) -> list[Effect]:
        return [self._wait()]

    def recover(self, _: Sequence[Record]) -> list[Effect]:
        return self.on_start()

    def on_message(self, source: NodeId, message: Heartbeat) -> list[Effect]:
        heard = f"a heartbeat sender hears nothing, then {message} from {source}"
        raise AssertionError(heard)

    def on_timer(self, timer: Timer) -> list[Effect]:
        assert timer == BEAT, f"{BEAT} is set, then {timer} fired"

        if not self.leadership.is_primary:
            return [self._wait()]
        return [Broadcast(self.peers, Heartbeat(self.leadership.learned)), self._wait()]

    def _wait(self) -> Effect:
        return SetTimer(timer=BEAT, delay_us_min=self.every_us, delay_us_max=self.every_us)


@dataclass(slots=True)
class HeartbeatListener:
    """Demotes its leader when a higher one is heard, promotes it when none is."""

    leadership: Leadership
    timeout_us: int

    def __post_init__(self) -> None:
        self.leadership.is_listening = True

    def on_start(self) -> list[Effect]:
        return [self._wait()]

    def recover(self, _: Sequence[Record]) -> list[Effect]:
        return self.on_start()

    def on_message(self, source: NodeId, message: Heartbeat) -> list[Effect]:
        assert isinstance(message, Heartbeat), message
        self.leadership.has_woken = False

        # Indices are compared, not names: names would put leader-10 before leader-9.
        is_higher = index_of(source) > index_of(self.leadership.name)
        effects = self.leadership.on_heartbeat(source, message.learned)
        if not is_higher or self.leadership.primary == source:
            return [self._wait(), *effects]
        return [Believe(source), self._wait(), *effects]

    def on_timer(self, timer: Timer) -> list[Effect]:
        assert timer == SILENCE, f"{SILENCE} is set, then {timer} fired"

        if self.leadership.is_primary or self.leadership.has_woken:
            self.leadership.has_woken = False
            return [self._wait()]
        return [Believe(self.leadership.name), self._wait()]

    def _wait(self) -> Effect:
        return SetTimer(timer=SILENCE, delay_us_min=self.timeout_us, delay_us_max=self.timeout_us)
