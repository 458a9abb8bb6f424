"""The leader lease: the primary answers reads from its own replica, without a slot.

The primary asks the acceptors for a lease, again and again: `Renew`. One that has promised all
slots to just this ballot grants it, and from then on promises nothing to any other leader, until
its own timer of `lease_us` has run out. One that restarts has forgotten whom it granted a lease,
and promises nobody anything for one `lease_us`.

The primary's lease counts from the moment of asking, by its own timer, which is shorter:
`lease_us * (1 - drift) / (1 + drift)`. It holds while grants of a phase-2 quorum, in each
configuration in force, answer a request whose timer runs.

*The assumption.* Every clock runs at a rate within `1 ± drift` of the true one; the timers of
leases are steady, so that no step of a clock moves them; they are handed over when they are due.
Then the primary's timer takes at most `lease_us / (1 + drift)` of true time, and an acceptor's,
which begins later, takes at least that. With a clock that runs faster or slower, reads may be
stale: nothing else is at risk.

*Why a read is linearizable.* It is answered when all slots are applied that were below `next_slot`
when it came, while the lease held. Let a write be complete before the read was invoked. It was
chosen, in some ballot: in this leader's own, then in a slot that this leader took; or in one that
ended before this leader's phase 1, then a promise reported it, or it was learned before; or in
another leader's that has a phase-1 quorum since. That quorum meets the lease's in some acceptor. If
it promised the other ballot first, it grants this one nothing; if it granted first, it has promised
nothing to another since. So there is no such ballot, and the write is in a slot below `next_slot`.
Other leaders may have answered the write before this one knows that it is chosen: hence the wait.

*When acceptors change*, the others may know of a change before the primary does, and prepare with
acceptors that never granted it anything. But it is the primary who proposed the change: while it
knows of one, or cannot exclude one, in a slot that is not applied, its reads go through the log.
"""

from collections import deque
from dataclasses import dataclass, field

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Slot
from paxos_des.protocol.configurations import change_in
from paxos_des.protocol.effects import Broadcast, CancelTimer, Effect, Send, SetTimer, Timer
from paxos_des.protocol.messages import Granted, Renew, Reply
from paxos_des.protocol.proposing import Campaign, Proposer
from paxos_des.protocol.replica import Replica

RENEW = Timer("renew")
MILLION = 1_000_000


def held_us(lease_us: int, drift: float) -> int:
    """Return how long a lease lasts by the clock of him who holds it, rounded down."""
    drift_ppm = round(drift * MILLION)
    return lease_us * (MILLION - drift_ppm) // (MILLION + drift_ppm)


@dataclass(slots=True)
class Request:
    """A lease that was asked for, and whose time is not over; `grants` names who granted it."""

    ballot: Ballot
    grants: dict[NodeId, None] = field(default_factory=dict)


@dataclass(slots=True)
class Lease:
    """One leader's lease, and the reads that wait for what was proposed before them.

    Attributes
    ----------
    requests
        By number, those whose time is not over.
    number
        How many requests were made: a grant counts for the one that it answers.
    reads
        Each with the slot up to which all has to be applied.
    """

    campaign: Campaign
    proposer: Proposer
    replica: Replica
    held_us: int
    requests: dict[int, Request] = field(default_factory=dict)
    number: int = 0
    reads: deque[tuple[Slot, Command]] = field(default_factory=deque)

    def lead(self) -> list[Effect]:
        return [self._set_renew()]

    def follow(self) -> list[Effect]:
        """Give it up; who waits for a read asks again, elsewhere."""
        timers = [RENEW, *map(_over, self.requests)]
        self.requests.clear()
        self.reads.clear()
        return [CancelTimer(timer) for timer in timers]

    def renew(self) -> list[Effect]:
        """Ask for a lease from now on, if this leader has a ballot in which it may propose."""
        ballot = self.proposer.leading_in()
        if ballot is None:
            return [self._set_renew()]
        self.number += 1
        self.requests[self.number] = Request(ballot)
        acceptors = self.campaign.acceptors_from(self.campaign.learner.first_unlearned)
        timer, after_us = _over(self.number), self.held_us
        return [
            SetTimer(timer=timer, delay_us_min=after_us, delay_us_max=after_us, clock="steady"),
            Broadcast(acceptors, Renew(ballot, self.number)),
            self._set_renew(),
        ]

    def on_granted(self, source: NodeId, granted: Granted) -> list[Effect]:
        """Count a grant; older requests are of no use when a younger one is granted."""
        request = self.requests.get(granted.number)
        if request is None or request.ballot != granted.ballot:
            return []
        request.grants[source] = None
        if not self._is_granted(request):
            return []
        old = [number for number in self.requests if number < granted.number]
        for number in old:
            del self.requests[number]
        return [CancelTimer(_over(number)) for number in old]

    def on_timer(self, timer: Timer) -> list[Effect]:
        """Renew the lease; or note that the time of a request is over."""
        if timer == RENEW:
            return self.renew()
        assert timer.slot is not None, timer
        del self.requests[timer.slot]
        return []

    def take(self, command: Command) -> list[Effect] | None:
        """Answer a read as soon as may be; None: it has to go through the log."""
        if (
            not self.replica.is_read(command.operation)
            or not any(map(self._is_granted, self.requests.values()))
            or self._may_change()
        ):
            return None
        self.reads.append((self.campaign.next_slot, command))
        return self.answer()

    def answer(self) -> list[Effect]:
        """Answer the reads that have waited for no more than is applied by now."""
        reads, effects = self.reads, list[Effect]()
        while reads and reads[0][0] <= self.replica.applied:
            _, command = reads.popleft()
            result = self.replica.read(command.operation)
            effects.append(Send(command.client, Reply(command.sequence, None, result)))
        return effects

    def _is_granted(self, request: Request) -> bool:
        configurations = self.campaign.configurations
        if configurations is None:
            return self.campaign.learner.quorums.is_phase2(request.grants)
        in_force = configurations.from_slot(self.campaign.learner.first_unlearned)
        return all(one.is_phase2(request.grants) for one in in_force)

    def _may_change(self) -> bool:
        """Whether a change of acceptors may have been chosen that is not taken into account."""
        campaign = self.campaign
        if campaign.configurations is None:
            return False
        for slot in range(campaign.configurations.next, campaign.next_slot):
            value = campaign.learner.learned.get(slot) or self.proposer.value_in(slot)
            if value is None or change_in(value):
                return True
        return False

    def _set_renew(self) -> Effect:
        """Renew so often that two requests may be lost."""
        after_us = max(self.held_us // 4, 1)
        return SetTimer(timer=RENEW, delay_us_min=after_us, delay_us_max=after_us)


def _over(number: int) -> Timer:
    """Return the timer that ends a lease of this number; `slot` is the place where timers of one
    name differ.
    """
    return Timer("lease", number)
