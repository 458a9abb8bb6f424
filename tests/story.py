"""Records of runs made by hand, entry by entry, under all checks."""

from typing import Any

from paxos_des.checks.facts import Facts
from paxos_des.checks.judges import CHECKS, Judges
from paxos_des.engine import entries
from paxos_des.engine.trace import Trace
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Ballot, Command, Slot, Value, Vote
from paxos_des.protocol.effects import Forgotten, Promised, Voted
from paxos_des.protocol.messages import Accepted, Message, Promise
from paxos_des.protocol.quorum import Majority

LEADERS = ("leader-0", "leader-1")
ACCEPTORS = ("acceptor-0", "acceptor-1", "acceptor-2")
CLIENT = "client-0"
LOW, HIGH = Ballot(1, 0), Ballot(2, 1)


def command(number: int) -> Command:
    return Command(CLIENT, number, ("put", "x", number))


class Story:
    """What happens, told in order, and what the checks say of it."""

    def __init__(self, *, acceptors: int = 3, **facts: Any) -> None:  # noqa: ANN401 - of `Facts`
        self.trace = Trace("nothing")
        self.judges = Judges(Majority(acceptors), facts=Facts(leaders=LEADERS, **facts))
        self.judges.observe(self.trace.observers, self.trace.watching)
        self.now_us = 0

    @property
    def violated(self) -> set[str]:
        return {name for name in CHECKS if self.judges.verdicts[name] == "violated"}

    def what(self, check: str) -> str:
        """Return the sentence of a violated check."""
        return next(one.what for one in self.judges.violations if one.check == check)

    def send(self, source: NodeId, target: NodeId, message: Message) -> None:
        number = self.trace.take_number()
        entry = entries.MessageEntry(number, self.now_us, "send", source, target, 0, message)
        for observer in self.trace.watching[type(message)]:
            observer(entry)

    def vote(self, acceptor: NodeId, slot: Slot, value: Value, *, ballot: Ballot = LOW) -> None:
        self.trace.add_record(self.now_us, acceptor, Voted(slot, ballot, value))

    def promise(self, acceptor: NodeId, ballot: Ballot, slot: Slot | None = None) -> None:
        covered: dict[str, Slot] = {"from_slot": 0} if slot is None else {"slot": slot}
        self.trace.add_record(self.now_us, acceptor, Promised(ballot, **covered))

    def say_promise(self, acceptor: NodeId, ballot: Ballot, **covered: Slot) -> None:
        self.send(acceptor, LEADERS[0], Promise(ballot, (), **covered))

    def say_accepted(self, acceptor: NodeId, slot: Slot, value: Value) -> None:
        self.send(acceptor, LEADERS[0], Accepted(slot, LOW, value))

    def choose(self, slot: Slot, value: Value) -> None:
        for acceptor in ACCEPTORS:
            self.vote(acceptor, slot, value)

    def learn(self, leader: NodeId, slot: Slot, value: Value) -> None:
        self.trace.add(
            entries.LearnEntry, self.now_us, "learn", leader, slot, value, LOW, ACCEPTORS[:2]
        )

    def apply(
        self, leader: NodeId, slot: Slot, value: Value, result: object = None, *, again: int = 0
    ) -> None:
        self.trace.add(
            entries.ApplyEntry, self.now_us, "apply", leader, slot, value, result, bool(again)
        )

    def invoke(self, value: Command) -> None:
        self.trace.add(entries.InvokeEntry, self.now_us, "invoke", CLIENT, value)

    def complete(self, value: Command, slot: Slot | None, result: object = None) -> None:
        self.trace.add(
            entries.CompleteEntry, self.now_us, "complete", CLIENT, value, "ok", slot, result
        )

    def pass_through(self, slot: Slot, *, leaders: tuple[NodeId, ...] = LEADERS) -> Command:
        """Let the slot's command live a whole life: asked for, chosen, learned and answered."""
        value = command(slot)
        self.invoke(value)
        self.choose(slot, value)
        for leader in leaders:
            self.learn(leader, slot, value)
            self.apply(leader, slot, value, slot)
        self.complete(value, slot, slot)
        return value

    def fault(self, event: str, node: NodeId, deed: str | None = None) -> None:
        self.trace.add(entries.FaultEntry, self.now_us, event, node, None, deed)

    def recover(
        self,
        acceptor: NodeId,
        votes: tuple[Vote, ...] = (),
        *,
        to_all: Ballot | None = None,
        promised: dict[Slot, Ballot] | None = None,
        refused: str | None = None,
    ) -> None:
        said: list[dict[str, object]] = [
            {"ballot": ballot, "slot": slot} for slot, ballot in (promised or {}).items()
        ]
        if to_all is not None:
            said.append({"ballot": to_all, "from_slot": 0})
        self.trace.add(
            entries.RecoverEntry, self.now_us, "recover", acceptor, tuple(said), votes, refused
        )

    def snapshot(self, leader: NodeId, slot: Slot, chain: str = "c") -> None:
        self.trace.add(entries.SnapshotEntry, self.now_us, "snapshot", leader, slot, chain)

    def install(self, leader: NodeId, slot: Slot, chain: str = "c") -> None:
        told_by = LEADERS[1 - LEADERS.index(leader)]
        self.trace.add(entries.SnapshotEntry, self.now_us, "install", leader, slot, chain, told_by)

    def forget(self, below: Slot, *nodes: NodeId) -> None:
        for node in nodes or (*LEADERS, *ACCEPTORS):
            self.trace.add(entries.ForgetEntry, self.now_us, "forget", node, below)

    def forget_on_disk(self, acceptor: NodeId, below: Slot) -> None:
        self.trace.add_record(self.now_us, acceptor, Forgotten(below))

    def primary(self, leader: NodeId, primary: NodeId) -> None:
        self.trace.add(entries.PrimaryEntry, self.now_us, "primary", leader, primary)
