"""What the tests of roles share: a small cluster's names and settings, and a leader in it."""

from typing import Any, Literal

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.quorum import Majority
from paxos_des.protocol.role import Settings

LEADERS = ("leader-0", "leader-1", "leader-2")
ACCEPTORS = ("acceptor-0", "acceptor-1", "acceptor-2")


def a_leader(
    name: NodeId = "leader-1",
    *,
    told: NodeId | None = None,
    phase1: Literal["per-slot", "stable"] = "per-slot",
    window: int = 2,
    slots: int | None = None,
    **more: Any,  # noqa: ANN401 - other settings
) -> Leader:
    return Leader.make(
        Leadership(name), settings(phase1=phase1, window=window, slots=slots, **more), told
    )


def settings(
    *,
    phase1: Literal["per-slot", "stable"] = "per-slot",
    window: int = 2,
    slots: int | None = None,
    **more: Any,  # noqa: ANN401 - other settings
) -> Settings:
    return Settings(
        leaders=more.pop("leaders", LEADERS),
        acceptors=ACCEPTORS,
        quorums=Majority(len(ACCEPTORS)),
        phase1=phase1,
        window=window,
        slots=slots,
        resend_after_us=500_000,
        backoff_us_min=10_000,
        backoff_us_max=50_000,
        fill_after_us=1_000_000,
        retry_after_us=2_000_000,
        heartbeat_every_us=1_000_000,
        heartbeat_timeout_us=2_000_000,
        **more,
    )


def command(sequence: int) -> Command:
    return Command("client-0", sequence, ("put", "x", sequence))
