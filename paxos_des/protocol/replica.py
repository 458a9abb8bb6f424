"""The replica: does what is chosen, in slot order, each command once.

A client that hears nothing asks again, so one command may be chosen in several slots. What of a
client took effect is its *session*, and part of the replicated state: all replicas decide alike,
from the log alone, what is a repetition, and a snapshot takes the sessions with it.

A session forgets, or a million values would stay in memory. A client has no more than `window`
consecutive sequence numbers open: it asks for sequence n only when all up to n - window are
answered, and an answer is given when a slot and all below it are applied. So wherever n is
chosen, all up to n - window have taken effect in slots below, or never need to (a read under a
lease takes no slot); nobody waits for their results any more.
"""

from dataclasses import dataclass, field
from typing import Literal

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Operation, Slot, Value, frozen
from paxos_des.protocol.effects import Applied
from paxos_des.protocol.messages import Session, Snapshot
from paxos_des.protocol.state_machines import MACHINES, StateMachine

ReplicaKind = Literal["none", "kv", "register", "list"]


@dataclass(slots=True)
class OpenSession:
    """What is remembered of one client: see `messages.Session`."""

    below: int = 0
    results: dict[int, tuple[Slot, Operation]] = field(default_factory=dict)

    def prune(self, below: int) -> None:
        """Forget the results of all sequence numbers below this one."""
        results = self.results
        if below == self.below + 1:
            results.pop(self.below, None)
        elif below - self.below <= len(results):
            for sequence in range(self.below, below):
                results.pop(sequence, None)
        else:  # a jump, by a client that nobody holds to the rule
            self.results = {one: found for one, found in results.items() if one >= below}
        self.below = below


@dataclass(slots=True)
class Replica:
    """Applies chosen values to a state machine, once per client and sequence number.

    Parameters
    ----------
    kind
        Which state machine; `none`: there is only a table of who asked for what.
    session_window
        A client has no more than so many consecutive sequence numbers open; None: any number,
        and nothing is forgotten.

    Attributes
    ----------
    applied
        The first slot that is not applied.
    """

    kind: ReplicaKind
    session_window: int | None
    applied: Slot = 0
    machine: StateMachine | None = field(init=False)
    _sessions: dict[NodeId, OpenSession] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.machine = None if self.kind == "none" else MACHINES[self.kind]()

    def apply(self, slot: Slot, value: Value) -> Applied:
        """Apply the value of the next slot.

        A command that took effect before has none now; its result is that of the first time, or
        None where that is forgotten, as nobody waits for it.
        """
        assert slot == self.applied, f"slot {self.applied} is next, then {slot}"
        self.applied = slot + 1
        if type(value) is not Command:
            return Applied(slot, value)

        session = self._sessions.get(value.client)
        if session is None:
            session = self._sessions[value.client] = OpenSession()
        sequence, results = value.sequence, session.results
        if sequence < session.below:
            return Applied(slot, value, None, repeated=True)
        first = results.get(sequence)
        if first is not None:
            return Applied(slot, value, first[1], repeated=True)
        result = None if self.machine is None else self.machine.apply(value.operation)
        results[sequence] = (slot, result)
        window = self.session_window
        if window is not None and sequence - window >= session.below:
            session.prune(sequence - window + 1)
        return Applied(slot, value, result)

    def result_of(self, client: NodeId, sequence: int) -> tuple[Slot, Operation] | None:
        """Return the slot in which a command took effect, and what the state machine answered;
        None where it did not yet, or where that is forgotten.
        """
        session = self._sessions.get(client)
        return None if session is None else session.results.get(sequence)

    def has_applied(self, client: NodeId, sequence: int) -> bool:
        """Whether a command has taken effect, or never needs to any more."""
        session = self._sessions.get(client)
        return session is not None and (sequence < session.below or sequence in session.results)

    def is_read(self, operation: Operation) -> bool:
        """Whether `operation` may be answered by `read`."""
        return self.machine is not None and self.machine.is_read(operation)

    def read(self, operation: Operation) -> Operation:
        """Answer a read from the state as it is; it takes no slot and leaves no trace."""
        assert self.machine is not None, f"there is nothing to read, then {operation}"
        assert self.machine.is_read(operation), f"reads change nothing, then {operation}"
        return self.machine.apply(operation)

    def snapshot_parts(self) -> tuple[Operation, tuple[Session, ...]]:
        """Return the `state` and the `sessions` of a `Snapshot` whose slot is `applied`."""
        sessions = tuple(
            Session(
                client,
                session.below,
                tuple((one, *session.results[one]) for one in sorted(session.results)),
            )
            for client, session in sorted(self._sessions.items(), key=lambda item: item[0])
        )
        return None if self.machine is None else self.machine.state(), sessions

    def install(self, snapshot: Snapshot) -> None:
        """Be what another replica was, or this one in a former life, when it took `snapshot`."""
        assert snapshot.slot >= self.applied, f"{self.applied} applied, then {snapshot.slot}"
        self.applied = snapshot.slot
        if self.machine is not None:
            self.machine.restore(snapshot.state)
        self._sessions = {
            session.client: OpenSession(
                session.below, {one: (slot, frozen(found)) for one, slot, found in session.results}
            )
            for session in snapshot.sessions
        }
