"""The acceptor, Paxos's memory (phases 1b and 2b)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import NULL_BALLOT, Ballot, Slot, Vote
from paxos_des.protocol.effects import (
    Broadcast,
    Compact,
    Effect,
    Forgot,
    Forgotten,
    Persist,
    Promised,
    Record,
    Recovered,
    Send,
    SetTimer,
    Timer,
    Voted,
)
from paxos_des.protocol.messages import (
    Accept,
    Accepted,
    AcceptorMessage,
    Forget,
    Gone,
    Granted,
    Nack,
    Prepare,
    Promise,
    Renew,
)

LEASE = Timer("lease")
NOBODY = -1
"""The index of no leader."""


@dataclass(slots=True)
class Acceptor:
    """Votes for proposals, and promises not to vote below a ballot.

    It keeps one promise for all slots (to stable leaders) and promises for single slots; what
    binds a slot is the highest of those and of its own vote there. One promise for everything
    would make a per-slot leader's own slots in flight refuse each other.

    State changes only in `_apply`, which recovery calls too: so what is recovered is what was
    promised. A record is durable before the answer that reveals it: see `Persist`.

    While a lease runs, it promises nothing to any leader but that of the index `leased_to`: see
    `lease`. With `lease_us` None, there are no leases.

    Of the slots below `forgotten` it knows nothing any more, but that they are chosen. It refuses
    to have part in them: a promise as if nothing had happened there could undo a choice.
    """

    leaders: tuple[NodeId, ...]
    promised_to_all: Ballot = NULL_BALLOT
    promised: dict[Slot, Ballot] = field(default_factory=dict)
    votes: dict[Slot, Voted] = field(default_factory=dict)
    lease_us: int | None = None
    leased_to: int | None = None
    forgotten: Slot = 0

    def on_start(self) -> list[Effect]:
        return []

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        for record in records:
            self._require_rise(record)
            self._apply(record)
        promised = [Promised(ballot, slot=slot) for slot, ballot in sorted(self.promised.items())]
        if self.promised_to_all != NULL_BALLOT:
            promised.append(Promised(self.promised_to_all, from_slot=0))
        votes = tuple(_as_vote(vote) for _, vote in sorted(self.votes.items()))
        # It may have crashed before it could say what it forgot.
        forgot: list[Effect] = [Forgot(self.forgotten)] if self.forgotten else []
        # Nor does it know whom it granted a lease: while one may run, it is bound to nobody.
        lease: list[Effect] = []
        if self.lease_us is not None:
            self.leased_to = NOBODY
            lease.append(self._set_lease(self.lease_us))
        return [*forgot, Recovered(tuple(promised), votes), *lease]

    def on_message(self, source: NodeId, message: AcceptorMessage) -> list[Effect]:
        # Not `match`, whose every `case` costs as much as a call; nor `isinstance`, which asks a
        # message's metaclass where the answer is no.
        if type(message) is Accept:
            return self._on_accept(source, message)
        if type(message) is Prepare:
            if message.slot is None:
                return self._on_prepare_all(source, message)
            return self._on_prepare(source, message)
        if type(message) is Forget:
            return self._on_forget(message.below)
        if type(message) is Renew:
            return self._on_renew(source, message)
        raise AssertionError(message)

    def on_timer(self, timer: Timer) -> list[Effect]:
        assert timer == LEASE, f"{LEASE} may be set, then {timer} fired"
        assert self.leased_to is not None, f"nobody has a lease, then {timer} fired"

        self.leased_to = None
        return []

    def _on_prepare(self, source: NodeId, prepare: Prepare) -> list[Effect]:
        """PMS 2.2, phase 1b: "If an acceptor receives a prepare request with number n greater
        than that of any prepare request to which it has already responded, then it responds".
        An equal one is the same leader's, sent again, and gets the same answer.
        """
        slot = prepare.slot
        assert slot is not None, prepare
        if slot < self.forgotten:
            return [Send(source, Gone(self.forgotten))]
        binding = self._binding(slot)
        if prepare.ballot < binding or (
            self.leased_to is not None and self._is_leased_to_another(prepare.ballot)
        ):
            return [Send(source, Nack(prepare.ballot, binding, slot=slot))]

        vote = self.votes.get(slot)
        votes = () if vote is None else (_as_vote(vote),)
        answer = Send(source, Promise(prepare.ballot, votes, slot=slot))
        if prepare.ballot == binding:
            return [answer]
        record = Promised(prepare.ballot, slot=slot)
        self._apply(record)
        return [Persist(record), answer]

    def _on_prepare_all(self, source: NodeId, prepare: Prepare) -> list[Effect]:
        from_slot = prepare.from_slot
        assert from_slot is not None, prepare
        if from_slot < self.forgotten:
            return [Send(source, Gone(self.forgotten))]
        binding = self._binding_from(from_slot)
        if prepare.ballot < binding or self._is_leased_to_another(prepare.ballot):
            return [Send(source, Nack(prepare.ballot, binding, from_slot=from_slot))]

        slots = sorted(slot for slot in self.votes if slot >= from_slot)
        votes = tuple(_as_vote(self.votes[slot]) for slot in slots)
        answer = Send(source, Promise(prepare.ballot, votes, from_slot=from_slot))
        if prepare.ballot == self.promised_to_all:
            return [answer]
        record = Promised(prepare.ballot, from_slot=from_slot)
        self._apply(record)
        return [Persist(record), answer]

    def _on_accept(self, source: NodeId, accept: Accept) -> list[Effect]:
        """PMS 2.2, phase 2b: "it accepts the proposal unless it has already responded to a
        prepare request having a number greater than n".
        """
        slot, ballot, value = accept.slot, accept.ballot, accept.value
        if slot < self.forgotten:
            return [Send(source, Gone(self.forgotten))]
        binding = self._binding(slot)
        if ballot < binding:
            return [Send(source, Nack(ballot, binding, slot=slot))]

        # Every leader hears of the vote, so that each learns the whole history by itself.
        answer = Broadcast(self.leaders, Accepted(slot, ballot, value))
        vote = self.votes.get(slot)
        if vote is not None and vote.ballot == ballot and vote.value == value:
            return [answer]
        record = Voted(slot, ballot, value)
        self._apply(record)
        return [Persist(record), answer]

    def _on_renew(self, source: NodeId, renew: Renew) -> list[Effect]:
        """Grant a lease to the leader whose promise is the last that was given for all slots.

        Refuse a lower one: a primary that has nothing to propose would not hear otherwise that
        others may have chosen something since.
        """
        if self.lease_us is None or self.promised_to_all < renew.ballot:
            return []
        if self.promised_to_all > renew.ballot:
            return [Send(source, Nack(renew.ballot, self.promised_to_all, from_slot=0))]
        self.leased_to = renew.ballot.leader
        return [self._set_lease(self.lease_us), Send(source, Granted(renew.ballot, renew.number))]

    def _is_leased_to_another(self, ballot: Ballot) -> bool:
        return self.leased_to is not None and self.leased_to != ballot.leader

    def _set_lease(self, after_us: int) -> Effect:
        return SetTimer(timer=LEASE, delay_us_min=after_us, delay_us_max=after_us, clock="steady")

    def _on_forget(self, below: Slot) -> list[Effect]:
        """Let go of single slots below one; what is left takes the place of the whole log."""
        if below <= self.forgotten:
            return []
        self._apply(Forgotten(below))
        left: list[Promised | Voted] = [
            *(Promised(ballot, slot=slot) for slot, ballot in self.promised.items()),
            *self.votes.values(),
        ]
        # A slot's records rise in their ballots, and a promise comes before its own vote.
        left.sort(key=lambda record: (record.slot, record.ballot, isinstance(record, Voted)))
        if self.promised_to_all != NULL_BALLOT:
            left.append(Promised(self.promised_to_all, from_slot=below))
        return [Compact((Forgotten(below), *left)), Forgot(below)]

    def _binding(self, slot: Slot) -> Ballot:
        """Return the highest ballot that binds `slot`.

        The own vote is one of them: a vote that does not raise the promise is the one ambiguous
        sentence of *Paxos Made Simple* read the wrong way (Brooker 2021).
        """
        binding = self.promised_to_all
        if slot in self.promised and self.promised[slot] > binding:
            binding = self.promised[slot]
        if slot in self.votes and self.votes[slot].ballot > binding:
            return self.votes[slot].ballot
        return binding

    def _binding_from(self, from_slot: Slot) -> Ballot:
        """Return the highest ballot that binds any slot from `from_slot` on: a promise for all
        of them may not fall below what was promised for one.
        """
        promised = (ballot for slot, ballot in self.promised.items() if slot >= from_slot)
        voted = (vote.ballot for slot, vote in self.votes.items() if slot >= from_slot)
        return max(
            self.promised_to_all,
            max(promised, default=NULL_BALLOT),
            max(voted, default=NULL_BALLOT),
        )

    def _apply(self, record: Record) -> None:
        if type(record) is Voted:  # what comes most often, first
            self.votes[record.slot] = record
        elif isinstance(record, Promised):
            self._apply_promise(record)
        else:
            assert isinstance(record, Forgotten), record
            below = self.forgotten = record.below
            self.promised = {slot: one for slot, one in self.promised.items() if slot >= below}
            self.votes = {slot: vote for slot, vote in self.votes.items() if slot >= below}

    def _apply_promise(self, promised: Promised) -> None:
        if promised.slot is None:
            self.promised_to_all = promised.ballot
        else:
            self.promised[promised.slot] = promised.ballot

    def _require_rise(self, record: Record) -> None:
        """Refuse a record that would let a ballot fall. Whoever answers a message has looked."""
        if isinstance(record, Voted):
            bound, ballot = self._binding(record.slot), record.ballot
        elif isinstance(record, Promised):
            bound = self.promised_to_all if record.slot is None else self._binding(record.slot)
            ballot = record.ballot
        else:
            return
        assert ballot >= bound, f"{bound}, then {record}"


def _as_vote(voted: Voted) -> Vote:
    return Vote(voted.slot, voted.ballot, voted.value)
