"""What an exhibit is: a bug's protocol, where it shows, who sees it, and where it comes from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from paxos_des.cluster.registry import ProtocolSpec
from paxos_des.cluster.scenario import Scenario

Group = Literal[
    "naive-2009",
    "acceptor",
    "leader",
    "learner and replica",
    "storage",
    "quorums",
    "clients, reads and leases",
    "reconfiguration",
]
GROUPS: tuple[Group, ...] = get_args(Group)
"""Where an exhibit stands, in the order of the list."""

ROUGH: dict[str, object] = {
    "drop": 0.3,
    "duplicate": 0.3,
    "resend_after": "20ms",
    "backoff_min": "1ms",
    "backoff_max": "10ms",
}
"""A duel in worse weather, whose leaders try again soon."""
THREE: dict[str, object] = {**ROUGH, "leaders": 3, "clients": 3, "values": 3}
"""Likewise, with a third leader: who reads what two others left behind."""

FAILOVER: dict[str, object] = {
    "phase1": "stable",
    "primaries": "highest",
    "heartbeats": "on",
    "heartbeat_every": "10ms",
    "heartbeat_timeout": "30ms",
    "slots": "unbounded",
    "values": 4,
    "retry_after": "100ms",
}
"""A stable primary, and another leader that takes over when it hears nothing from it any more."""

CRASHING: dict[str, object] = {
    "drop": 0.2,
    "duplicate": 0.3,
    "delay": "bimodal 1ms 20ms 0.3",
    "resend_after": "20ms",
    "backoff_min": "1ms",
    "backoff_max": "10ms",
    "disks": "on",
    "fsync": "uniform 100us 2ms",
    "faults": [
        {"at": f"{4 + 3 * number}ms", "crash": f"acceptor-{number % 3}", "for": "500us"}
        for number in range(25)
    ],
}
"""Likewise, with acceptors that crash in turn and soon come back: a crash shows nothing unless
something that was sent before it arrives after it.
"""

REPLACED: dict[str, object] = {
    **ROUGH,
    "slots": "unbounded",
    "spares": 3,
    "reconfigure_after": 10,
    "changes": [
        {"at": f"{old}us", "replace": [f"acceptor-{old}", f"acceptor-{old + 3}"]}
        for old in range(3)
    ],
    "values": 8,
    "in_flight": 1,
}
"""Likewise, with acceptors of which others take the place, until none of the first is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A bug.

    Attributes
    ----------
    protocol
        The right one but for one mutation; its name is the exhibit's.
    mutation
        What stands in a part's place, and differs from the right one in one point: a class, or
        what makes a role.
    settings
        What differs from `based_on`, a shipped scenario, where the bug shows.
    check
        Which check judges it, where it is measured: others may see it earlier.
    group
        Whose bug it is.
    least
        How many events have to happen, in the smallest failing schedule that is known from
        elsewhere; None: nobody has counted.
    larger
        Why the causal core that is found here has more than two events above `least`; None: it
        has not.
    source
        Where it was published.
    story
        Two sentences on how it happens in real systems.
    says
        What is wrong, in one line; None: the first line of the module that holds it says so.
    within
        One of so many seeds from 0 on shows it, of the weather's own; None: too rare for that.
    not_pooled
        Why the pooled network cannot show it; None: it can.
    """

    protocol: ProtocolSpec
    mutation: Callable[..., object]
    check: str
    group: Group
    source: str
    story: str
    based_on: str = "duel"
    settings: Mapping[str, object] = field(default_factory=dict)
    least: int | None = None
    larger: str | None = None
    says: str | None = None
    within: int | None = None
    not_pooled: str | None = None

    @property
    def name(self) -> str:
        return self.protocol.name

    @property
    def scenario(self) -> Scenario:
        """The scenario in which it shows."""
        return self.scenario_of(self.name)

    def scenario_of(self, protocol: str) -> Scenario:
        """Return that scenario for another protocol: the right one passes it."""
        keys = {**self.settings, "protocol": protocol}
        return Scenario.named(self.based_on).replace(**keys)
