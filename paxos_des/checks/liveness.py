"""After the faults, everything comes to pass, within the time that the scenario states."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

from paxos_des.checks.facts import Facts
from paxos_des.checks.values import said
from paxos_des.checks.verdict import Check, Observers, Verdict
from paxos_des.checks.waiting import Reach, Repetition, Waiting
from paxos_des.engine.entries import (
    ApplyEntry,
    CompleteEntry,
    Entry,
    FaultEntry,
    InvokeEntry,
    LearnEntry,
    MessageEntry,
    PrimaryEntry,
    RecoverEntry,
    SnapshotEntry,
)
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot
from paxos_des.protocol.messages import Prepare, Request
from paxos_des.protocol.quorum import Quorums

_DOWN = {"fail": "failed", "crash": "crashed", "pause": "paused"}
_UP = frozenset(("heal", "restart", "resume"))
_FAULTS = (*_DOWN, *sorted(_UP), "nemesis")


class _Missing(NamedTuple):
    """What did not come to pass in time: since when it should have, in words, by which entries."""

    due_us: int
    what: str
    numbers: tuple[int, ...]


class Liveness(Check):
    """Within `live_within` after the last fault, every request is completed, and every leader that
    is up has learned all that any had learned by then.

    A request that is invoked later has as long from there on. Where the run has a nemesis, the
    last fault is its healing; where it says that it is unbounded (it may break more than the
    protocol must survive live), nothing is judged. A run that ends earlier is unknown, unless all
    requests are completed.

    Liveness is about all of a run, and rings no bell while it goes on.
    """

    name: ClassVar[str] = "liveness"

    def __init__(self, quorums: Quorums, facts: Facts) -> None:
        self._within_us = facts.live_within_us
        self._leaders = facts.leaders
        self._bounds: str | None = None
        self._is_healed = False
        self._since_us, self._since_by = 0, -1
        self._open: dict[Command, InvokeEntry] = {}
        self._late: _Missing | None = None
        self._reach = {name: Reach() for name in facts.leaders}
        self._target: Slot = 0
        self._caught_up_us: dict[NodeId, int] = dict.fromkeys(facts.leaders, 0)
        self._waiting = Waiting(quorums, facts.leaders)
        self._repetition = Repetition(self._within_us or 1)
        self._is_unknown = False

    def observers(self) -> Observers:
        if self._within_us is None:
            return {}
        observers: dict[str | type, Callable[[Any], None]] = {
            "invoke": self._on_invoke,
            "complete": self._on_complete,
            "learn": self._on_learn,
            "apply": self._on_apply,
            "snapshot": self._on_snapshot,
            "install": self._on_snapshot,
            "primary": self._on_primary,
            "recover": self._on_recover,
            Prepare: self._on_prepare,
            Request: self._on_request,
        }
        return observers | dict.fromkeys(_FAULTS, self._on_fault)

    @property
    def verdict(self) -> Verdict:
        return "unknown" if self._is_unknown and self.violation is None else super().verdict

    def finish(self, end_us: int) -> None:
        """Judge a run that ended at this time."""
        if self._within_us is None or self._bounds == "unbounded":
            return
        self._sample(end_us)
        is_over = self._bounds is None or self._is_healed
        if not is_over or end_us < self._since_us + self._within_us:
            self._is_unknown = any(not self._is_down(one.node) for one in self._open.values())
            if not is_over or self._is_unknown:
                return
        missing = min(self._missing(end_us), default=None)
        if missing is not None:
            what = f"{missing.what}. {self._waiting.why(self._reach)} {self._repetition.in_words()}"
            self.violate(missing.due_us, what.strip(), *missing.numbers)

    def _missing(self, end_us: int) -> Iterator[_Missing]:
        assert self._within_us is not None, "nothing is asked"
        if self._late is not None:
            yield self._late
        for command, entry in self._open.items():
            due_us = max(self._since_us, entry.at_us) + self._within_us
            if due_us <= end_us and not self._is_down(entry.node):
                what = f"{said(command)} was not answered {self._in_time()}"
                yield _Missing(due_us, what, (entry.n,))
        due_us = self._since_us + self._within_us
        for name in self._leaders:
            caught_up_us = self._caught_up_us.get(name, end_us + 1)
            if due_us <= end_us and caught_up_us > due_us and not self._is_down(name):
                what = (
                    f"{name} had not learned slot {self._reach[name].below} {self._in_time()}, and "
                    f"all slots below {self._target} were in use by then"
                )
                yield _Missing(due_us, what, (self._since_by,) if self._since_by >= 0 else ())

    def _in_time(self) -> str:
        return f"within {self._within_us} µs after the last fault, at {self._since_us} µs"

    def _is_down(self, node: NodeId) -> bool:
        return node in self._waiting.down

    def _sample(self, now_us: int) -> None:
        """Note the state that lasted up to now, once for each period that went by."""
        if now_us > self._repetition.next_us:
            state = (self._waiting.state(self._reach), len(self._open))
            self._repetition.note(state, now_us)

    def _on_fault(self, entry: FaultEntry) -> None:
        node, deed = entry.node, entry.deed
        if entry.event in _DOWN:
            self._waiting.down[node] = _DOWN[entry.event]
        elif entry.event in _UP:
            self._waiting.down.pop(node, None)
            if entry.event == "restart" and node in self._reach:
                self._reach[node].restart()
        elif deed in ("bounded", "unbounded"):
            self._bounds = deed
            return
        elif deed == "healed":
            self._is_healed = True
        self._since_us, self._since_by = entry.at_us, entry.n
        self._late = None
        self._repetition.restart(entry.at_us)
        self._target = max((reach.top for reach in self._reach.values()), default=0)
        self._caught_up_us.clear()
        for name in self._leaders:
            self._see_reach(name, entry.at_us)

    def _on_invoke(self, entry: InvokeEntry) -> None:
        self._sample(entry.at_us)
        self._open.setdefault(entry.command, entry)

    def _on_complete(self, entry: CompleteEntry) -> None:
        self._sample(entry.at_us)
        invoked = self._open.pop(entry.command, None)
        if invoked is None or self._late is not None:
            return
        assert self._within_us is not None, entry
        due_us = max(self._since_us, invoked.at_us) + self._within_us
        if entry.at_us > due_us:
            what = f"{said(entry.command)} was not answered {self._in_time()}"
            self._late = _Missing(due_us, what, (invoked.n, entry.n))

    def _on_learn(self, entry: LearnEntry) -> None:
        self._sample(entry.at_us)
        if entry.node in self._reach:
            self._reach[entry.node].learn(entry.slot)
            self._see_reach(entry.node, entry.at_us)

    def _on_apply(self, entry: ApplyEntry) -> None:
        self._raise(entry, entry.slot + 1)

    def _on_snapshot(self, entry: SnapshotEntry) -> None:
        self._raise(entry, entry.slot)

    def _raise(self, entry: Entry, below: Slot) -> None:
        reach = self._reach.get(entry.node)
        if reach is not None and reach.below < below:
            reach.learn_below(below)
            self._see_reach(entry.node, entry.at_us)

    def _see_reach(self, name: NodeId, at_us: int) -> None:
        if self._reach[name].below >= self._target:
            self._caught_up_us.setdefault(name, at_us)

    def _on_primary(self, entry: PrimaryEntry) -> None:
        self._sample(entry.at_us)
        self._waiting.beliefs[entry.node] = entry.primary

    def _on_recover(self, entry: RecoverEntry) -> None:
        if entry.refused is not None:
            self._waiting.down[entry.node] = "refused to come back"

    def _on_prepare(self, entry: MessageEntry) -> None:
        self._sample(entry.at_us)
        self._waiting.prepare(entry.node, entry.message.ballot)

    def _on_request(self, entry: MessageEntry) -> None:
        self._waiting.asked[entry.node] = entry.peer
