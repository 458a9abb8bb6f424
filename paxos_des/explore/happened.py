"""What happened in a failing run, event by event, as the pool names events."""

from collections.abc import Iterable
from typing import Any

from paxos_des.cluster.cluster import Cluster
from paxos_des.engine.choices import Chooser
from paxos_des.engine.disk import Disk
from paxos_des.engine.disk_decisions import Batch
from paxos_des.engine.trace import Entry, FaultEntry, MessageEntry, TimerEntry, Trace
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


def _listen(trace: Trace, disk: Disk) -> None:
    """Have the trace hear of each fsync of a disk that is done, before anybody acts on it."""
    done = disk._done

    def tell(batch: Batch) -> None:
        trace.block.append(_Fsync(trace.numbers, 0, "fsync", disk.node, batch))
        done(batch)

    disk._done = tell


def _names(entries: Iterable[Entry]) -> list[Named]:
    sent: dict[int, int] = {}
    counts: dict[tuple[NodeId, NodeId, str], int] = {}
    delivered: dict[int, int] = {}
    found: list[Named] = []
    for entry in entries:
        match entry:
            case MessageEntry(event="send"):
                name = name_of_event("deliver", entry.peer, entry.node, entry.message)
                key = (entry.node, entry.peer, name.what)
                sent[entry.envelope] = counts[key] = counts.get(key, 0) + 1
            case MessageEntry(event="deliver"):
                name = name_of_event("deliver", entry.node, entry.peer, entry.message)
                before = delivered.get(entry.envelope)
                if before is not None:
                    found[before] = found[before]._replace(deed="double")
                delivered[entry.envelope] = len(found)
                again = int(before is not None)
                found.append(name._replace(copy=sent[entry.envelope], again=again))
            case TimerEntry():
                found.append(name_of_event("timer", entry.node, "", entry.timer))
            case _Fsync():
                found.append(name_of_event("fsync", entry.node, "", entry.batch))
            case FaultEntry(event="crash" | "restart" as kind):
                found.append(Named(kind, entry.node))
            case _:
                pass
    return found
