"""What every role looks like to the node that runs it, and what it is told of its cluster."""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from paxos_des.names import NodeId
from paxos_des.protocol.effects import Effect, Timer
from paxos_des.protocol.quorum import Quorums


class Role(Protocol):
    """A state machine without I/O: a message or a timer in, a list of effects out."""

    def on_start(self) -> list[Effect]: ...

    # Each role takes its own messages; the node hands it no others.
    def on_message(self, source: NodeId, message: Any, /) -> list[Effect]: ...  # noqa: ANN401

    def on_timer(self, timer: Timer) -> list[Effect]: ...


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
