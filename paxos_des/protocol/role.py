"""What every role looks like to the node that runs it, and what it is told of its cluster."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Operation, Slot, Value
from paxos_des.protocol.effects import Effect, Record, Timer
from paxos_des.protocol.quorum import Quorums


class Role(Protocol):
    """A state machine without I/O: a message or a timer in, a list of effects out.

    What looks like one is one. Whoever subclasses it need only say what it does on a message: it
    does nothing else then, and a crash leaves it as it was at first.
    """

    def on_start(self) -> list[Effect]:
        return []

    # Each role takes its own messages; the node hands it no others.
    def on_message(self, source: NodeId, message: Any, /) -> list[Effect]: ...  # noqa: ANN401

    def on_timer(self, timer: Timer) -> list[Effect]:  # noqa: ARG002 - it sets none
        return []

    def recover(self, records: Sequence[Record]) -> list[Effect]:  # noqa: ARG002 - it keeps none
        """Begin another life, with what the disk kept of the former ones, oldest first: called in
        place of `on_start`, on a role that was made anew.
        """
        return self.on_start()


# What a leader of another protocol may offer besides; one of ours offers all but the last.


@runtime_checkable
class Believes(Protocol):
    """A leader that hears who is the primary: then its node may have heartbeats."""

    def on_believe(self, primary: NodeId) -> list[Effect]: ...


@runtime_checkable
class Wakes(Protocol):
    """A leader that is told when its node, which was failed or paused, hears again."""

    def on_wake(self) -> list[Effect]: ...


@runtime_checkable
class Learns(Protocol):
    """A leader that has a history: what it has learned, by slot."""

    @property
    def learned(self) -> Mapping[Slot, Value]: ...


@runtime_checkable
class Idles(Protocol):
    """A role that an adversarial pump tells when it hands over nothing, as in 2009. Under a plain
    pump it sets a timer of its own.
    """

    def on_nothing(self) -> list[Effect]: ...


@dataclass(frozen=True, slots=True)
class Workload:
    """What one client is to ask for.

    Attributes
    ----------
    count
        How many commands.
    operation_of
        What each asks for, by its sequence number; to be called once each, in order.
    first_leader
        Which leader each goes to, by its sequence number.
    """

    count: int
    operation_of: Callable[[int], Operation]
    first_leader: Callable[[int], NodeId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all roles of a cluster are told; times are in µs.

    Attributes
    ----------
    phase1
        `per-slot`: each slot runs both phases, as in 2009; `stable`: one phase 1 for all
        slots from the first unlearned one on, then phase 2 only.
    window
        How many slots a stable leader keeps in flight.
    slots
        Leaders propose in slots below this one only; None: in any.
    resend_after_us
        A leader sends again what was not answered for this long.
    backoff_us_min, backoff_us_max
        A refused leader waits so long before it tries a higher ballot.
    fill_after_us
        A primary fills a gap that it has seen for this long.
    retry_after_us
        A client asks again, elsewhere, when it was not answered for this long.
    replica
        The state machine that leaders apply commands to; `none`: they only learn.
    session_window
        A client has no more than so many consecutive sequence numbers open; None: any number.
    reads
        `log`: reads take a slot like all commands; `lease`: the primary answers them from its
        replica while it holds a lease.
    lease_us, lease_drift
        How long an acceptor grants a lease, by its own clock; and the clock assumption: every
        clock's rate is within `1 ± lease_drift`.
    snapshot_every
        A leader takes a snapshot when so many slots were applied since the last; None: never.
    catch_up_every_us, catch_up_batch
        How often a leader looks whether it is behind; how many values a piece holds at most.
    lost_after_us
        A leader that was silent for so long does not keep the others from forgetting.
    may_crash
        Nodes may crash: then there are disks.
    reconfigure_after
        A change of acceptors chosen in a slot takes effect so many slots later (PMMC's window);
        None: there are no changes.
    heartbeats
        Whether leaders send them; a leader that does so itself has to know.
    spares
        Acceptors that are not among the first ones, and may come in by a change.
    """

    leaders: tuple[NodeId, ...]
    acceptors: tuple[NodeId, ...]
    quorums: Quorums
    phase1: Literal["per-slot", "stable"]
    window: int
    slots: int | None
    resend_after_us: int
    backoff_us_min: int
    backoff_us_max: int
    fill_after_us: int
    retry_after_us: int
    heartbeat_every_us: int
    heartbeat_timeout_us: int
    replica: Literal["none", "kv", "register", "list"] = "none"
    session_window: int | None = None
    reads: Literal["log", "lease"] = "log"
    lease_us: int = 500_000
    lease_drift: float = 0.01
    snapshot_every: int | None = None
    catch_up_every_us: int = 500_000
    catch_up_batch: int = 500
    lost_after_us: int = 10_000_000
    reconfigure_after: int | None = None
    may_crash: bool = False
    heartbeats: Literal["on", "off"] = "on"
    spares: tuple[NodeId, ...] = ()
