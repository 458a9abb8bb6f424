"""What happened in a failing run, event by event, as the pool names events."""

from collections.abc import Iterable
from typing import Any

from paxos_des.cluster.cluster import Cluster
from paxos_des.engine.choices import Chooser
from paxos_des.engine.disk import Disk
from paxos_des.engine.disk_decisions import Batch
from paxos_des.engine.entries import Entry, FaultEntry, MessageEntry, TimerEntry
from paxos_des.engine.trace import Trace
from paxos_des.explore.script import Named, name_of_event
from paxos_des.failure import Failure
from paxos_des.names import NodeId
from paxos_des.run import judges_of


def events_of(failure: Failure) -> list[Named]:
    """Return the events that happened in the failing run, by name and in order."""
    trace = _Kept()
    judges = judges_of(failure.scenario, (failure.check,), trace)
    cluster = Cluster(failure.scenario, Chooser(None, failure.schedule), trace)
    judges.ring(cluster.world.stop)
    for node in cluster.nodes.values():
        if node.gate is not None:
            _listen(trace, node.gate.disk)
    cluster.run()
    trace.flush()
    cluster.dissolve()
    judges.dissolve()
    return _names(trace.kept)


class _Kept(Trace):
    """A trace whose entries are kept as they are, and between them which fsyncs were done."""

    __slots__ = ("kept",)

    def __init__(self) -> None:
        super().__init__("trace")
        self.kept: list[Entry] = []

    def flush(self) -> None:
        self.kept += self.block
        self.block.clear()


class _Fsync(Entry, frozen=True):
    """An fsync is done; no trace says so."""

    batch: Any


class _Cut(Entry, frozen=True):
    """A crash cut an fsync short: what it wrote may be there all the same afterwards."""

    batch: Any


class _Found(Entry, frozen=True):
    """A node is back, and finds on its disk what was never acknowledged."""


def _listen(trace: Trace, disk: Disk) -> None:
    """Have the trace hear of each fsync of a disk that is done, before anybody acts on it."""
    done = disk._done

    def tell(batch: Batch) -> None:
        trace.block.append(_Fsync(trace.numbers, 0, "fsync", disk.node, batch))
        done(batch)

    disk._done = tell
    crash, recover = disk.crash, disk.recover

    def tell_crash() -> None:
        if disk._flight is not None:
            trace.block.append(_Cut(trace.numbers, 0, "cut", disk.node, disk._flight.batch))
        crash()

    def tell_recover() -> Any:  # noqa: ANN401 - as the disk has it
        records = recover()
        if disk.unacknowledged:
            trace.block.append(_Found(trace.numbers, 0, "found", disk.node))
        return records

    disk.crash = tell_crash  # type: ignore[method-assign] # one disk's, not the class's
    disk.recover = tell_recover  # type: ignore[method-assign] # likewise


class _Names:
    """Makes the pool's names of what a trace says.

    Attributes
    ----------
    found
        In order; before each crash is a place for the fsync that it cut short, None where that
        wrote nothing.
    """

    def __init__(self) -> None:
        self.found: list[Named | None] = []
        self._sent: dict[int, int] = {}
        self._counts: dict[tuple[NodeId, NodeId, str], int] = {}
        self._delivered: dict[int, int] = {}
        self._crashed: dict[NodeId, int] = {}
        self._cut: dict[NodeId, Named] = {}

    def hear(self, entry: Entry) -> None:
        found, node = self.found, entry.node
        match entry:
            case MessageEntry(event="send"):
                name = name_of_event("deliver", entry.peer, node, entry.message)
                key = (node, entry.peer, name.what)
                self._sent[entry.envelope] = self._counts[key] = self._counts.get(key, 0) + 1
            case MessageEntry(event="deliver"):
                self._hear_delivery(entry)
            case TimerEntry():
                found.append(name_of_event("timer", node, "", entry.timer))
            case _Fsync():
                found.append(name_of_event("fsync", node, "", entry.batch))
            case FaultEntry(event="crash"):
                self._crashed[node] = len(found)
                self._cut.pop(node, None)
                found += (None, Named("crash", node))
            case FaultEntry(event="restart"):
                found.append(Named("restart", node))
            case _Cut():
                self._cut[node] = name_of_event("fsync", node, "", entry.batch)
            case _Found() if node in self._cut:
                # In the pool an fsync is done or not: this one was, just before the crash.
                found[self._crashed[node]] = self._cut.pop(node)
            case _:
                pass

    def _hear_delivery(self, entry: MessageEntry) -> None:
        name = name_of_event("deliver", entry.node, entry.peer, entry.message)
        before = self._delivered.get(entry.envelope)
        first = None if before is None else self.found[before]
        if before is not None and first is not None:
            self.found[before] = first._replace(deed="double")
        self._delivered[entry.envelope] = len(self.found)
        again = int(before is not None)
        self.found.append(name._replace(copy=self._sent[entry.envelope], again=again))


def _names(entries: Iterable[Entry]) -> list[Named]:
    names = _Names()
    for entry in entries:
        names.hear(entry)
    return [name for name in names.found if name is not None]
