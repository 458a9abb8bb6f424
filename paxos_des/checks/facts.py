"""What checks are told of a scenario, beyond its quorums."""

from typing import Literal

import msgspec

from paxos_des.names import NodeId


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a scenario that a record does not say.

    Attributes
    ----------
    leaders
        Who must have forgotten a slot before the checks may: without names, they never do.
    reconfigure_after
        A change of acceptors chosen in a slot takes effect so many slots later; None: there are
        no changes.
    live_within_us
        The bound of `liveness`; None: it is not judged.
    replica
        What commands are applied to; `none`: nothing.
    may_recover, may_apply
        Whether the record may tell of nodes that come back, or of replicas. A run without disks,
        or without replicas, does not, and need not pay for those that would judge it; a saved
        trace may tell of anything.
    """

    leaders: tuple[NodeId, ...] = ()
    reconfigure_after: int | None = None
    live_within_us: int | None = None
    replica: Literal["none", "kv", "register", "list"] = "none"
    may_recover: bool = True
    may_apply: bool = True

    @property
    def may_forget(self) -> bool:
        """Whether the record may tell of anything that is lost, or dropped, or put in its place."""
        return self.may_recover or self.may_apply


NO_FACTS = Facts()
