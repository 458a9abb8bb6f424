"""News: what a leader makes of what others tell it of the past, and of what it knows now.

Part of the leader, in a file of its own: pieces of history and snapshots, acceptors that have
forgotten, leaders that say how far they are; and what follows when more slots are learned.
"""

from typing import TYPE_CHECKING

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Slot
from paxos_des.protocol.configurations import Configurations, ReconfigurableLearner
from paxos_des.protocol.effects import Effect, Told
from paxos_des.protocol.messages import (
    CatchUp,
    CatchUpRequest,
    Forget,
    Gone,
    Granted,
    LeaderMessage,
    Snapshot,
    Standing,
)

if TYPE_CHECKING:
    from paxos_des.protocol.leader import Leader


def on_news(leader: "Leader", source: NodeId, message: LeaderMessage) -> list[Effect]:
    """Hear what is said of slots that were chosen long ago."""
    match message:
        case CatchUpRequest():
            leader.campaign.saw_slot(message.seen - 1)
            snapshot = None if leader.forgetting is None else leader.forgetting.snapshot
            return leader.catching_up.answer(source, message.from_slot, snapshot)
        case CatchUp():
            return _on_piece(leader, source, message)
        case Gone():
            return _on_gone(leader, message)
        case Granted():
            return [] if leader.lease is None else leader.lease.on_granted(source, message)
        case Standing() | Forget():
            return _on_memory(leader, source, message)
        case _:
            raise AssertionError(message)


def go_on(leader: "Leader") -> list[Effect]:
    """Do what follows when more is learned: apply it, take new acceptors into account, and answer
    the reads that waited for it.
    """
    effects: list[Effect] = []
    if leader.applying is not None:
        effects += leader.applying.apply_all()
    if leader.campaign.configurations is not None:
        effects += _reconfigure(leader, leader.campaign.configurations)
    if leader.lease is not None and leader.lease.reads:
        effects += leader.lease.answer()
    return effects


def _on_piece(leader: "Leader", source: NodeId, piece: CatchUp) -> list[Effect]:
    """Learn what another leader tells; what was in flight for it need not be any more."""
    learner, first = leader.learner, leader.learner.first_unlearned
    effects: list[Effect] = []
    if piece.snapshot is not None and piece.snapshot.slot > first:
        effects += _on_snapshot(leader, source, piece.snapshot)
    told: list[Slot] = []
    for slot, value in enumerate(piece.values, start=piece.from_slot):
        if learner.on_told(slot, value):
            told.append(slot)
            effects += [Told(slot, value, source), *leader._answer(value)]
    leader.campaign.saw_slot(learner.first_unlearned - 1)
    effects += go_on(leader)
    if leader.leadership.is_primary:
        for slot in told:
            effects += leader.proposer.on_learned(slot)
        effects += leader.proposer.on_caught_up()
    is_news = learner.first_unlearned > first
    return [*effects, *leader.catching_up.on_piece(source, piece, is_news=is_news)]


def _on_snapshot(leader: "Leader", source: NodeId, snapshot: Snapshot) -> list[Effect]:
    assert leader.applying is not None, f"nothing to install {snapshot} in"
    effects = leader.applying.install(source, snapshot)
    has_applied = leader.applying.replica.has_applied
    leader.taken = {name for name in leader.taken if not has_applied(*name)}
    if leader.campaign.configurations is not None:
        effects += _reconfigure(leader, leader.campaign.configurations)
    if leader.leadership.is_primary:
        for slot in leader.proposer.in_flight_below(snapshot.slot):
            effects += leader.proposer.on_learned(slot)
    return effects


def _reconfigure(leader: "Leader", configurations: Configurations) -> list[Effect]:
    """Take new slots into account: count the votes of those whose acceptors are known now, and
    prepare with new acceptors before anything is proposed to them.
    """
    learner, effects, slots = leader.learner, list[Effect](), list[Slot]()
    assert isinstance(learner, ReconfigurableLearner), learner
    while True:
        if leader.applying is None:
            configurations.follow(learner)
        news = learner.recount()
        if not news:
            break
        for learned in news:
            slots.append(learned.slot)
            effects += [learned, *leader._answer(learned.value)]
        if leader.applying is not None:
            effects += leader.applying.apply_all()
    old, leader.configuration = leader.configuration, configurations.now
    if leader.leadership.is_primary:
        if old is not None and old != leader.configuration:
            effects += leader.proposer.on_reconfigured()
        for slot in slots:
            effects += leader.proposer.on_learned(slot)
    return effects


def _on_gone(leader: "Leader", gone: Gone) -> list[Effect]:
    effects = leader.catching_up.on_gone(gone.below)
    if leader.leadership.is_primary:
        effects += leader.proposer.on_gone(gone.below)
    return effects


def _on_memory(leader: "Leader", source: NodeId, message: Standing | Forget) -> list[Effect]:
    if leader.forgetting is None:
        return []
    if isinstance(message, Forget):
        return leader.forgetting.on_forget(message.below)
    return leader.forgetting.on_standing(source, message) if leader.leadership.is_primary else []
