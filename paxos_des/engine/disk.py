"""A node's disk: what is appended is durable after an fsync, and a crash keeps what it may.

One fsync at a time: what is appended while it is on its way goes with the next one (*group
commit*). An fsync syncs the data, and then the marker that acknowledges them (see `disk_format`):
half of its time each. A crash may fall into either half, and keeps any number of the bytes that
were on their way; what had not been sent on its way was in memory, and is gone.
"""

from array import array
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from paxos_des.engine.choices import Chooser
from paxos_des.engine.disk_decisions import Batch, DiskDecisions, DiskModel
from paxos_des.engine.disk_format import (
    MARKER_SIZE,
    SLOTS,
    Found,
    Marker,
    Platter,
    Refused,
    frame_of,
    read_back,
)
from paxos_des.engine.world import World
from paxos_des.names import NodeId

__all__ = ["Batch", "Disk", "DiskModel", "Refused"]


@dataclass(slots=True)
class _Flight:
    """A batch on its way: the bytes, where they should lie and where they will.

    Attributes
    ----------
    marked_from_us
        From then on, the data are synced, and the marker is on its way; None: never.
    """

    batch: Batch
    frames: list[bytes]
    data: bytes
    marker: Marker
    lands_at: int
    marked_from_us: int | None


class Disk:
    """One node's disk, through all lives of the node.

    Parameters
    ----------
    encode, decode
        A record to bytes, and back.
    done
        Called with each batch when it is durable, in order, and never from within itself. Where an
        fsync takes no time, that is before `append` or `rewrite` returns, unless `done` called it.

    Attributes
    ----------
    on_failed
        Called when an fsync fails: whoever is called lets the disk `crash` before it returns.
    ignores_failures
        A failed fsync is taken for a good one, although it left nothing on the disk; `on_failed` is
        not called. (Linux marks the pages clean: another fsync does not write them either.)
    read_back
        Finds what was acknowledged, or what is lost of it; a protocol may have a way of its own.
    fsyncs
        How many were begun.
    unacknowledged
        How many of the records that were recovered, counted from the end, were appended and
        reached the disk, but `done` was never called with them. They are durable now.
    """

    def __init__(
        self,
        world: World,
        chooser: Chooser,
        node: NodeId,
        model: DiskModel,
        encode: Callable[[Any], bytes],
        decode: Callable[[bytes], Any],
        done: Callable[[Batch], object],
    ) -> None:
        self.node = node
        self.model = model
        self.on_failed: Callable[[], object] = _nobody
        self.ignores_failures = False
        self.read_back: Callable[[Platter], Found | Refused] = read_back
        self.fsyncs = 0
        self.unacknowledged = 0
        self._world = world
        self._decisions = DiskDecisions(chooser, node, model)
        self._encode = encode
        self._decode = decode
        self._done = done
        self._platter = Platter()
        self._generation = 0
        self._sequence = 0
        self._places = array("Q", [0])  # where each acknowledged record starts; and the end
        self._waiting: deque[Batch] = deque()
        self._flight: _Flight | None = None
        self._is_telling = False
        self._is_open = True
        self._crashes = 0
        self._factor, self._extra_us = 1, 0
        self._fails_next = False
        self._condemned: _Flight | None = None
        self._misdirects_next = 0
        self._is_ideal = self._decisions.is_ideal
        self._unmarked = 0

    @property
    def is_idle(self) -> bool:
        """Whether all that was appended is durable."""
        return self._flight is None and not self._waiting

    @property
    def pending(self) -> int:
        """How many records are not durable yet."""
        flying = 0 if self._flight is None else len(self._flight.batch.records)
        return flying + sum(len(batch.records) for batch in self._waiting)

    @property
    def durable(self) -> int:
        """How many records are acknowledged."""
        return len(self._places) - 1

    @property
    def size(self) -> int:
        """How many bytes they take."""
        return self._places[-1]

    def append(self, record: object) -> None:
        """Make `record` durable, after all that was appended before."""
        assert self._is_open, f"{self.node} appends before it has recovered"
        if self._is_ideal and self._flight is None and not self._waiting and not self._is_telling:
            self._keep(record)
            if self._waiting:
                self._go_on()
            return
        waiting = self._waiting
        if waiting and not waiting[-1].is_rewrite:
            waiting[-1].records.append(record)
        else:
            waiting.append(Batch([record], is_rewrite=False))
        if self._flight is None and not self._is_telling:
            self._go_on()

    def rewrite(self, records: Sequence[object]) -> None:
        """Put `records` in the place of all that was appended before, at one stroke."""
        assert self._is_open, f"{self.node} rewrites before it has recovered"
        self._waiting.append(Batch(list(records), is_rewrite=True))
        if self._flight is None and not self._is_telling:
            self._go_on()

    def crash(self) -> None:
        """Lose what is in memory, and decide what becomes of the rest."""
        self._catch_up()
        flight, self._flight = self._flight, None
        self._waiting.clear()
        self._is_open = False
        number, self._crashes = self._crashes, self._crashes + 1
        kept_max, is_marking = 0, False
        if flight is not None:
            from_us = flight.marked_from_us
            is_marking = from_us is not None and self._world.now >= from_us
            kept_max = MARKER_SIZE if is_marking else len(flight.data)
        kept, rotten = self._decisions.of_crash(number, kept_max, self.durable)
        if flight is not None:
            data = flight.data if is_marking else flight.data[:kept]
            self._platter.write(flight.marker.generation, flight.lands_at, data)
            if is_marking:
                self._platter.mark(flight.marker, kept)
        if rotten:
            self.rot(rotten)

    def recover(self) -> list[Any] | Refused:
        """Return all records that were acknowledged, and the whole ones beyond, oldest first; or
        why not. What cannot be used is cut off, and what is returned is acknowledged from now on.
        """
        assert self.is_idle, f"{self.node} recovers in the middle of a life"
        found = self.read_back(self._platter)
        if isinstance(found, Refused):
            return found
        is_rewritten = found.generation != self._generation
        beyond = 0 if is_rewritten else len(found.payloads) - self.durable
        self.unacknowledged = max(0, beyond)  # less than 0 where failures are ignored
        self._generation = found.generation
        self._places = array("Q", found.places)
        del self._platter.files.setdefault(found.generation, bytearray())[self.size :]
        self._mark_all()
        self._is_open = True
        return [self._decode(payload) for payload in found.payloads]

    def slow_by(self, *, factor: int = 1, extra_us: int = 0) -> None:
        """Let each fsync that begins from now on take so many times as long, and longer by so
        much; with neither, as long as it should.
        """
        self._factor, self._extra_us = factor, extra_us
        self._look()

    def fail_next(self) -> None:
        """Let the next fsync fail that begins."""
        self._fails_next = True
        self._look()

    def misdirect_next(self, back: int) -> None:
        """Let the next records that are appended be written over those so many records back, or
        as far back as there are any.
        """
        assert back > 0, back
        self._misdirects_next = back
        self._look()

    def disarm(self) -> None:
        """Take back what was asked of the next fsync, and of the next records; an fsync that is on
        its way, and was to fail because that was asked, goes well.
        """
        self._fails_next, self._misdirects_next = False, 0
        if self._flight is not None and self._flight is self._condemned:
            self._flight.marked_from_us = self._world.now
        self._condemned = None

    def rot(self, back: int) -> bool:
        """Flip a byte of an acknowledged record, counted from the last, which is 1; return whether
        there is such a record.
        """
        if not 0 < back <= self.durable:
            return False
        start, end = self._places[-back - 1], self._places[-back]
        frame = self._platter.files[self._generation][start:end]
        if not frame:  # it was written elsewhere
            return False
        # Which byte is no question of its own: any is as good, and this one is easily found again.
        self._platter.flip(self._generation, start + crc32(frame) % len(frame))
        return True

    def _look(self) -> None:
        """See whether an fsync takes no time, nothing can go wrong with it, and no key is made."""
        is_odd = self._extra_us or self._fails_next or self._misdirects_next
        self._is_ideal = self._decisions.is_ideal and not is_odd

    def _keep(self, record: object) -> None:
        """Do for one record on an ideal disk what `_begin` and `_end` do: in half of the time. Only
        the marker is left for later, for nobody reads it before the next crash.
        """
        places = self._places
        frame = frame_of(len(places) - 1, self._encode(record))
        self._platter.write(self._generation, places[-1], frame)
        places.append(places[-1] + len(frame))
        self.fsyncs += 1
        self._sequence += 1
        self._unmarked += 1
        self._tell(Batch([record], is_rewrite=False))

    def _catch_up(self) -> None:
        """Write the markers that were left for later: the last one of each slot."""
        for back in reversed(range(min(self._unmarked, SLOTS))):
            sequence, place = self._sequence - back, self._places[-back - 1]
            self._platter.mark(Marker(sequence, self._generation, self.durable - back, place))
        self._unmarked = 0

    def _tell(self, batch: Batch) -> None:
        self._is_telling = True
        self._done(batch)
        self._is_telling = False

    def _go_on(self) -> None:
        """Begin the next fsync, and with it all that take no time."""
        while self._waiting and self._flight is None:
            self._begin(self._waiting.popleft())

    def _begin(self, batch: Batch) -> None:
        self._catch_up()
        number, self.fsyncs = self.fsyncs, self.fsyncs + 1
        durable = 0 if batch.is_rewrite else self.durable
        delay_us, fails, back = self._decisions.of_fsync(number, batch, durable)
        delay_us = delay_us * self._factor + self._extra_us
        is_condemned = self._fails_next
        if is_condemned:
            self._fails_next, fails = False, True
            self._look()
        if self._misdirects_next and durable:
            self._misdirects_next, back = 0, min(self._misdirects_next, durable)
            self._look()
        now_us = self._world._now
        marked_from_us = None if fails else now_us + delay_us // 2
        flight = self._flight = self._flight_of(batch, durable, back, marked_from_us)
        self._condemned = flight if is_condemned else None
        if delay_us or fails:
            self._launch(delay_us, flight)
        else:
            self._end(flight)

    def _launch(self, delay_us: int, flight: _Flight) -> None:
        """Let a batch land after its delay."""
        self._world.call_at(self._world._now + delay_us, self._land, flight)

    def _flight_of(
        self, batch: Batch, durable: int, back: int, marked_from_us: int | None
    ) -> _Flight:
        self._sequence += 1
        start = 0 if batch.is_rewrite else self._places[-1]
        encode = self._encode
        made = [frame_of(at, encode(record)) for at, record in enumerate(batch.records, durable)]
        data = b"".join(made)
        generation = self._generation + batch.is_rewrite
        marker = Marker(self._sequence, generation, durable + len(made), start + len(data))
        lands_at = self._places[-back - 1] if back else start
        return _Flight(batch, made, data, marker, lands_at, marked_from_us)

    def _land(self, flight: _Flight) -> None:
        """Acknowledge a batch, or fail; what a crash has ended comes to nothing."""
        if flight is not self._flight:
            return
        if flight.marked_from_us is None and not self.ignores_failures:
            self.on_failed()
            assert self._flight is not flight, f"{self.node} goes on after a failed fsync"
            return
        self._end(flight)
        self._go_on()

    def _end(self, flight: _Flight) -> None:
        marker = flight.marker
        if flight.marked_from_us is None:
            self._platter.files.setdefault(marker.generation, bytearray())
        else:
            self._platter.write(marker.generation, flight.lands_at, flight.data)
            self._platter.mark(marker)
        if flight.batch.is_rewrite:
            self._generation = marker.generation
            self._places = array("Q", [0])
        end = self._places[-1]
        for frame in flight.frames:
            end += len(frame)
            self._places.append(end)
        if flight.batch.is_rewrite:
            self._mark_all()
        self._flight = None
        self._tell(flight.batch)

    def _mark_all(self) -> None:
        """Let each slot of the marker speak of the same file, and then no other file be kept."""
        for _ in range(SLOTS):
            self._sequence += 1
            self._platter.mark(Marker(self._sequence, self._generation, self.durable, self.size))
        self._platter.files = {self._generation: self._platter.files[self._generation]}


def _nobody() -> None:
    message = "nobody hears of a failed fsync"
    raise AssertionError(message)
