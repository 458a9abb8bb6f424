"""What lies on a disk, byte by byte, and what can be read back from it.

A *file* is a row of frames, one for each record: its length, its number, a checksum over both and
the record, and the record. A *commit marker* says how many records, in how many bytes of which
file, are acknowledged; it is synced after what it speaks of, into two slots in turn:

    file, generation 4    | length number CRC record | length number CRC record | ...
    slot 0, slot 1        | sequence generation records bytes CRC |

So a reader can tell two things apart that look alike. A broken frame beyond the marker is a *torn
tail*: nobody was told of it, and it is cut off. A broken frame before the marker is *rot*: somebody
was told of it, and whoever goes on as if it had never been breaks a promise.

One broken slot is survived. Where a crash tore it, the other one holds; and the data of the
marker that was torn had been synced, so that all frames beyond the other one are whole. Where
they are not, a broken slot may hide an acknowledgement: that is rot.
"""

from dataclasses import dataclass, field
from struct import Struct
from typing import NamedTuple
from zlib import crc32

_HEAD = Struct("<IQ")
_CHECKSUM = Struct("<I")
FRAME_HEAD = _HEAD.size + _CHECKSUM.size
"""What a frame is longer than its record."""

_MARKER = Struct("<QQQQ")
MARKER_SIZE = _MARKER.size + _CHECKSUM.size
_NEVER_WRITTEN = bytes(MARKER_SIZE)
SLOTS = 2


class Marker(NamedTuple):
    """What is acknowledged; of two, the one with the higher sequence number holds."""

    sequence: int
    generation: int
    records: int
    size: int


@dataclass(slots=True)
class Platter:
    """Bytes that a crash leaves: files by their generation, and the slots of the marker."""

    files: dict[int, bytearray] = field(default_factory=lambda: {0: bytearray()})
    slots: list[bytes] = field(default_factory=lambda: [_NEVER_WRITTEN] * SLOTS)

    def write(self, generation: int, place: int, data: bytes) -> None:
        """Write at a place of a file; what was left out before it reads as zeros."""
        file = self.files.setdefault(generation, bytearray())
        if place == len(file):  # as nearly always
            file += data
            return
        if place > len(file):
            file += bytes(place - len(file))
        file[place : place + len(data)] = data

    def flip(self, generation: int, place: int) -> None:
        """Flip the bits of one byte."""
        self.files[generation][place] ^= 0xFF

    def mark(self, marker: Marker, kept: int = MARKER_SIZE) -> None:
        """Write so many bytes of a marker over the older of the two: all, or fewer where torn."""
        slot = marker.sequence % SLOTS
        data = packed(marker)
        self.slots[slot] = data if kept == MARKER_SIZE else data[:kept] + self.slots[slot][kept:]


@dataclass(frozen=True, slots=True)
class Refused:
    """What was acknowledged cannot be read back."""

    reason: str


class Found(NamedTuple):
    """What was read back, and where each record starts, and the last one ends."""

    generation: int
    payloads: list[bytes]
    places: list[int]


def frame_of(number: int, payload: bytes) -> bytes:
    """Return the frame of a record; they are numbered from 0 in each file."""
    head = _HEAD.pack(len(payload), number)
    return head + _CHECKSUM.pack(crc32(payload, crc32(head))) + payload


def packed(marker: Marker) -> bytes:
    data = _MARKER.pack(*marker)
    return data + _CHECKSUM.pack(crc32(data))


def read_back(platter: Platter) -> Found | Refused:
    """Return all records that were acknowledged, and the whole ones beyond; or say what is lost."""
    markers = [_marker_in(slot) for slot in platter.slots]
    whole = [marker for marker in markers if marker is not None]
    broken = len(markers) - len(whole)
    if not whole:
        if any(platter.files.values()):
            return Refused("both commit markers are broken, and there are records")
        return Found(0, [], [0])
    marker = max(whole)
    file = bytes(platter.files.get(marker.generation, b""))
    payloads: list[bytes] = []
    places = [0]
    acknowledged = file[: marker.size]
    for number in range(marker.records):
        payload = _frame_in(acknowledged, places[-1], number)
        if isinstance(payload, str):
            of = f"record {number + 1} of the {marker.records} that were acknowledged"
            return Refused(f"{of} {payload}")
        payloads.append(payload)
        places.append(places[-1] + FRAME_HEAD + len(payload))
    while places[-1] < len(file):
        payload = _frame_in(file, places[-1], len(payloads))
        if isinstance(payload, str):
            if broken:
                hidden = f"record {len(payloads) + 1}, which it may have acknowledged,"
                return Refused(f"a commit marker is broken, and {hidden} {payload}")
            break
        payloads.append(payload)
        places.append(places[-1] + FRAME_HEAD + len(payload))
    return Found(marker.generation, payloads, places)


def _marker_in(slot: bytes) -> Marker | None:
    if slot == _NEVER_WRITTEN:
        return Marker(0, 0, 0, 0)
    data, (checksum,) = slot[: _MARKER.size], _CHECKSUM.unpack_from(slot, _MARKER.size)
    return Marker(*_MARKER.unpack(data)) if crc32(data) == checksum else None


def _frame_in(file: bytes, place: int, number: int) -> bytes | str:
    """Return the record in the frame at a place, or what is wrong with it."""
    if len(file) < place + FRAME_HEAD:
        return "is not there: the file ends before it"
    length, found = _HEAD.unpack_from(file, place)
    (checksum,) = _CHECKSUM.unpack_from(file, place + _HEAD.size)
    start = place + FRAME_HEAD
    payload = file[start : start + length]
    whole = file[place : place + _HEAD.size] + payload
    if len(payload) < length or crc32(whole) != checksum:
        return "does not match its checksum"
    if found != number:
        return f"is not there: record {found + 1} was written in its place"
    return payload
