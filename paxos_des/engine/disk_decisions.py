"""What may go wrong with a disk, and the decisions about it.

How long each fsync takes, whether it fails or lands elsewhere, and what a crash keeps and lets
rot are decisions, whose dullest answers are: the median, no, no, nothing, nothing.
"""

from dataclasses import dataclass
from typing import Any

from paxos_des.engine.choices import Chooser, Key, Kind, chance, name_of, stream_of
from paxos_des.engine.delays import Constant, Delay, median_us, table
from paxos_des.engine.network import identity
from paxos_des.names import NodeId


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskModel:
    """How a disk behaves, and what may go wrong with it.

    Attributes
    ----------
    fsync
        How long an fsync takes.
    fsync_fails
        The chance that an fsync fails, which crashes the node.
    misdirected
        The chance that an fsync writes its records over earlier ones, and says that all is well.
    torn
        The chance that a crash keeps some of the bytes that were on their way.
    rot
        The chance that a crash leaves a byte flipped in a record that was acknowledged.
    """

    fsync: Delay = Constant(0)  # noqa: RUF009 - it is frozen
    fsync_fails: float = 0.0
    misdirected: float = 0.0
    torn: float = 0.0
    rot: float = 0.0


@dataclass(slots=True)
class Batch:
    """Records that become durable at one stroke, oldest first; a rewrite replaces all others."""

    records: list[Any]
    is_rewrite: bool


class DiskDecisions:
    """What a disk asks the Chooser.

    Answers from the weather depend on the number of the fsync, or of the crash, alone.

    Attributes
    ----------
    is_ideal
        There is nothing to ask about an fsync, and it takes no time.
    dull_us
        How long an fsync takes where nobody says otherwise.
    """

    def __init__(self, chooser: Chooser, node: NodeId, model: DiskModel) -> None:
        self._chooser = chooser
        self._place = (node,)
        self._table = table(model.fsync)
        self.dull_us = median_us(model.fsync)
        self._is_constant = isinstance(model.fsync, Constant)
        self._below: dict[Kind, int] = {
            "fsync-fails": chance(model.fsync_fails),
            "misdirected": chance(model.misdirected),
            "keep": chance(model.torn),
            "rot": chance(model.rot),
        }
        self._is_dull = (
            self._is_constant and not model.fsync_fails and not model.misdirected
        ) or chooser.weather is None
        self._is_careful = chooser.is_careful and chooser.minds(self._place)
        self.is_ideal = self._is_dull and not self.dull_us and not self._is_careful

    def of_fsync(self, number: int, batch: Batch, durable: int) -> tuple[int, bool, int]:
        """Return how long an fsync takes, whether it fails, and over which earlier record, counted
        back from the end, it writes (0: over none).
        """
        chooser, place = self._chooser, self._place
        if self._is_dull and not self._is_careful:
            return self.dull_us, False, 0
        delay_us: Any = self.dull_us
        if chooser.weather is not None and not self._is_constant:
            bits = chooser.weather.bits(stream_of("fsync", place), number)
            delay_us = self._table.delay_us(bits)
        fails: Any = self._happens("fsync-fails", number)
        what, copy = "", 0
        if self._is_careful:
            what = name_of(named(batch))
            copy = chooser.copy(place, what)
            delay_us = chooser.choose(Key("fsync", place, what, copy), delay_us, self.dull_us)
            fails = chooser.choose(Key("fsync-fails", place, what, copy), fails, dull=False)
        return delay_us, fails, self._number("misdirected", number, durable, what, copy)

    def of_crash(self, number: int, kept_max: int, durable: int) -> tuple[int, int]:
        """Return how many bytes on their way a crash keeps, and in which record, counted back from
        the end, it leaves a byte flipped (0: in none).
        """
        what, copy = "", 0
        if self._is_careful:
            what = name_of({"crash": self._place[0]})
            copy = self._chooser.copy(self._place, what)
        kept = self._number("keep", number, kept_max, what, copy)
        return kept, self._number("rot", number, durable, what, copy)

    def _happens(self, kind: Kind, count: int) -> bool:
        below, weather = self._below[kind], self._chooser.weather
        if not below or weather is None:
            return False
        return weather.bits(stream_of(kind, self._place), count) < below

    def _number(self, kind: Kind, number: int, highest: int, what: str, copy: int) -> int:
        """Choose a number up to the highest that makes sense; 0 where nothing happens."""
        if not highest:
            return 0
        chooser, drawn = self._chooser, 0
        if self._happens(kind, 2 * number):
            assert chooser.weather is not None, kind
            bits = chooser.weather.bits(stream_of(kind, self._place), 2 * number + 1)
            drawn = 1 + (bits * highest >> 64)
        if not self._is_careful:
            return drawn
        key = Key(kind, self._place, what, copy)
        answer = chooser.choose(key, drawn, 0, among=range(highest + 1))
        assert type(answer) is int, answer
        return answer


def named(batch: Batch) -> dict[str, Any]:
    """Return what names an fsync among decisions: the first of its records."""
    first = identity(batch.records[0]) if batch.records else {}
    return {"rewrite" if batch.is_rewrite else "append": first}
