"""What a node does with each effect: by type of effect, in one table.

Dispatched by a table: a `case` of `match` costs as much as a call, and there are many.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, get_args

from paxos_des.engine.entries import (
    AdoptEntry,
    ApplyEntry,
    CompleteEntry,
    ForgetEntry,
    InvokeEntry,
    LearnEntry,
    PrimaryEntry,
    RecoverEntry,
    SnapshotEntry,
)
from paxos_des.protocol.effects import (
    Adopted,
    Applied,
    Believe,
    Broadcast,
    CancelTimer,
    Compact,
    Completed,
    Effect,
    Forgot,
    Installed,
    Invoked,
    Learned,
    Noted,
    Persist,
    Promised,
    Recovered,
    Send,
    SetTimer,
    Snapshotted,
    Told,
)

if TYPE_CHECKING:
    from paxos_des.cluster.node import Node
    from paxos_des.cluster.seat import Seat


def _send(node: "Node", send: Send, _: "Seat") -> None:
    node.send((send.target,), send.message)


def _broadcast(node: "Node", broadcast: Broadcast, _: "Seat") -> None:
    node.send(broadcast.targets, broadcast.message)


def _persist(node: "Node", persist: Persist, _: "Seat") -> None:
    node.persist(node.world._now, node.name, persist.record)


def _compact(node: "Node", it: Compact, _: "Seat") -> None:
    # Without a disk, nothing is read back.
    if node.gate is not None:
        node.gate.compact(it.records)


def _set_timer(node: "Node", it: SetTimer, seat: "Seat") -> None:
    after_us = node.chooser.timer_us(node.name, it.timer, it.delay_us_min, it.delay_us_max)
    if it.clock == "steady":
        seat.set_steady_timer(it.timer, after_us)
    else:
        seat.set_timer(it.timer, after_us)


def _cancel_timer(_: "Node", it: CancelTimer, seat: "Seat") -> None:
    seat.cancel_timer(it.timer)


def _believe(node: "Node", it: Believe, _: "Seat") -> None:
    assert node.on_believe is not None, f"{node.name} has no leader"
    number, now_us = node.trace.take_number(), node.world._now
    node.trace.put(PrimaryEntry(number, now_us, "primary", node.name, it.primary))
    node.do_all(node.on_believe(it.primary), node.seats[0])


# What is for the record only.


def _adopted(node: "Node", it: Adopted, _: "Seat") -> None:
    number, now_us, name = node.trace.take_number(), node.world._now, node.name
    node.trace.put(
        AdoptEntry(number, now_us, "adopt", name, it.ballot, it.promises, it.slot, it.from_slot)
    )


def _learned(node: "Node", it: Learned, _: "Seat") -> None:
    number, now_us = node.trace.take_number(), node.world._now
    node.trace.put(
        LearnEntry(number, now_us, "learn", node.name, it.slot, it.value, it.ballot, it.votes)
    )


def _told(node: "Node", it: Told, _: "Seat") -> None:
    number, now_us, name = node.trace.take_number(), node.world._now, node.name
    node.trace.put(LearnEntry(number, now_us, "learn", name, it.slot, it.value, told_by=it.source))


def _applied(node: "Node", it: Applied, _: "Seat") -> None:
    number, now_us, name = node.trace.take_number(), node.world._now, node.name
    node.trace.put(
        ApplyEntry(number, now_us, "apply", name, it.slot, it.value, it.result, it.repeated)
    )


def _installed(node: "Node", it: Installed, _: "Seat") -> None:
    node.trace.add(
        SnapshotEntry, node.world._now, "install", node.name, it.slot, it.chain, it.source
    )


def _recovered(node: "Node", it: Recovered, _: "Seat") -> None:
    promised = tuple(map(_as_promise, it.promised))
    node.trace.add(RecoverEntry, node.world._now, "recover", node.name, promised, it.votes)


def _completed(node: "Node", it: Completed, _: "Seat") -> None:
    """Note an answer, at once: it is known, and would be lost with what waits for the disk."""
    if node.gate is not None and not node.gate.completed.is_first(it.command.sequence):
        return
    number, now_us, name = node.trace.take_number(), node.world._now, node.name
    node.trace.put(
        CompleteEntry(number, now_us, "complete", name, it.command, it.outcome, it.slot, it.result)
    )


# What may not be said before what comes before it is durable.


def _invoked(node: "Node", it: Invoked, seat: "Seat") -> None:
    gate = node.gate
    if gate is not None and (
        gate.holds_back(_invoked, it, seat) or not gate.invoked.is_first(it.command.sequence)
    ):
        return
    number, now_us = node.trace.take_number(), node.world._now
    node.trace.put(InvokeEntry(number, now_us, "invoke", node.name, it.command))


def _snapshotted(node: "Node", it: Snapshotted, seat: "Seat") -> None:
    if node.gate is None or not node.gate.holds_back(_snapshotted, it, seat):
        node.trace.add(SnapshotEntry, node.world._now, "snapshot", node.name, it.slot, it.chain)


def _noted(node: "Node", it: Noted, seat: "Seat") -> None:
    if node.gate is None or not node.gate.holds_back(_noted, it, seat):
        node.trace.add_note(node.world._now, node.name, it.what)


def _forgot(node: "Node", it: Forgot, seat: "Seat") -> None:
    gate = node.gate
    if gate is None or not gate.holds_back(_forgot, it, seat):
        if gate is not None:
            gate.forget(it.below)
        node.trace.add(ForgetEntry, node.world._now, "forget", node.name, it.below)


def _as_promise(promised: Promised) -> dict[str, Any]:
    """Return a promise as the trace writes it."""
    covered = {"slot": promised.slot, "from_slot": promised.from_slot}
    return {
        "ballot": promised.ballot,
        **{name: slot for name, slot in covered.items() if slot is not None},
    }


Deed = Callable[["Node", Any, "Seat"], None]

DEEDS: dict[type, Deed] = {
    Adopted: _adopted,
    Applied: _applied,
    Believe: _believe,
    Broadcast: _broadcast,
    CancelTimer: _cancel_timer,
    Compact: _compact,
    Completed: _completed,
    Forgot: _forgot,
    Installed: _installed,
    Invoked: _invoked,
    Learned: _learned,
    Noted: _noted,
    Persist: _persist,
    Recovered: _recovered,
    Send: _send,
    SetTimer: _set_timer,
    Snapshotted: _snapshotted,
    Told: _told,
}
assert set(DEEDS) == set(get_args(Effect)), "an effect that no node knows"
