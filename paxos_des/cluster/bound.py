"""The bound: what a nemesis may do if the protocol must stay live, or come back to life.

At every moment, the acceptors that are not harmed have a phase-1 and a phase-2 quorum. Harmed is
who is crashed, paused or deaf, and for ever who may find its disk rotten, and refuse to come
back; of those there are so few that any other acceptor may be harmed too. Leaders and clients
keep their disks. Clocks run within the drift that leases assume. What befalls links needs no
bound: it is mended in the end.
"""

from typing import NamedTuple

from paxos_des.cluster.aims import Roles
from paxos_des.cluster.faults import TRUE_RATE_PPM, Fault
from paxos_des.names import NodeId
from paxos_des.protocol.quorum import Quorums

FOR_EVER: tuple[str, ...] = ("rot", "misdirect")
WHILE_IT_LASTS: tuple[str, ...] = ("crash", "fail", "pause", "fsync-fails", "storm")


class Assumptions(NamedTuple):
    """What the bound has to know of a scenario.

    Attributes
    ----------
    sets
        The sets of acceptors that are in force one after another, and their quorums. Nobody
        knows when one takes over from another, so each must have quorums all the time.
    healed_us
        From when on nothing lasts but what harmed a disk.
    drift_ppm
        How far clocks' rates may be from true; None: it does not matter.
    failed
        Acceptors that are failed from the start.
    """

    roles: Roles
    sets: tuple[tuple[tuple[NodeId, ...], Quorums], ...]
    healed_us: int
    drift_ppm: int | None
    failed: tuple[NodeId, ...] = ()


class Bound:
    """Remembers what was done, and says what else may be.

    Attributes
    ----------
    is_kept
        Whether all that was taken was allowed.
    """

    def __init__(self, assumptions: Assumptions) -> None:
        self._assumptions = assumptions
        self._harmed = [(name, 0, assumptions.healed_us) for name in assumptions.failed]
        self._for_ever: tuple[NodeId, ...] = ()
        self.is_kept = True

    def allows(self, fault: Fault) -> bool:
        """Return whether a fault is within the bound, after all that was taken."""
        known = self._assumptions
        if fault.kind == "rate" and known.drift_ppm is not None:
            return abs(fault.rate_ppm - TRUE_RATE_PPM) <= known.drift_ppm
        if fault.kind not in (*FOR_EVER, *WHILE_IT_LASTS):
            return True
        harmed = self._acceptors_of(fault)
        from_us, until_us = self._span(fault)
        if fault.kind in FOR_EVER:
            lost = (*self._for_ever, *harmed)
            rest = [name for name in known.roles.acceptors if name not in lost]
            spared = all(self._is_enough((*lost, name)) for name in rest)
            if not harmed or not rest or not spared:
                return False
        meanwhile = tuple(
            name for name, start, end in self._harmed if start <= until_us and from_us <= end
        )
        return not harmed or self._is_enough((*self._for_ever, *meanwhile, *harmed))

    def take(self, fault: Fault) -> None:
        """Remember a fault; whether it was allowed is in `is_kept` from then on."""
        self.is_kept = self.is_kept and self.allows(fault)
        if fault.kind in FOR_EVER:
            self._for_ever += self._acceptors_of(fault)
        if fault.kind in (*FOR_EVER, *WHILE_IT_LASTS):
            self._harmed += ((name, *self._span(fault)) for name in self._acceptors_of(fault))

    def _acceptors_of(self, fault: Fault) -> tuple[NodeId, ...]:
        roles = self._assumptions.roles
        return tuple(
            name for name in roles.nodes(fault, roles.leaders[0]) if name in roles.acceptors
        )

    def _span(self, fault: Fault) -> tuple[int, int]:
        """Return from when until when an acceptor is harmed."""
        if fault.kind == "storm":
            return fault.at_us, fault.at_us + fault.times * fault.every_us
        if fault.for_us is None or fault.kind in FOR_EVER:
            return fault.at_us, max(fault.at_us, self._assumptions.healed_us)
        return fault.at_us, fault.at_us + fault.for_us

    def _is_enough(self, harmed: tuple[NodeId, ...]) -> bool:
        """Return whether what is left of each set has a quorum of each phase."""
        for members, quorums in self._assumptions.sets:
            unharmed = frozenset(name for name in members if name not in harmed)
            if not (quorums.is_phase1(unharmed) and quorums.is_phase2(unharmed)):
                return False
        return True
