"""What a hunt knows already, and what is still to be tried."""

from collections.abc import Iterable

from paxos_des.explore.worker import Chunk, Shrunk

CHUNK_S = 0.2
"""So long a chunk shall take, about."""

FIRST_CHUNK = 8
BYTES_EACH = 8
_TWICE = "seeds that another line has too"


class Answers:
    """Chunks and what shrinking said, known but not yet taken; and the seeds that nobody tried.

    Attributes
    ----------
    shrunk
        By seed.
    news
        What a strategy that learns had learned, in the order in which it did.
    """

    def __init__(self, seeds: range) -> None:
        self._seeds = seeds
        self._chunks: dict[int, Chunk] = {}
        self._todo: list[tuple[int, int]] = [(seeds.start, seeds.stop)]
        self._per_s = FIRST_CHUNK / CHUNK_S
        self.shrunk: dict[int, Shrunk] = {}
        self.news: list[bytes] = []

    @property
    def waiting(self) -> int:
        """How many chunks nobody has taken yet."""
        return len(self._chunks)

    @property
    def known(self) -> int:
        """How many seeds were tried already."""
        return len(self._seeds) - sum(last - first for first, last in self._todo)

    def remember(self, lines: Iterable[Chunk | Shrunk]) -> tuple[int, str] | None:
        """Learn what a journal holds; return which line of it is wrong, and how, if one is."""
        numbers: dict[int, int] = {}
        for number, line in enumerate(lines, 2):
            if isinstance(line, Shrunk):
                self.shrunk[line.seed] = line
                continue
            if wrong := _wrong(line, self._seeds.start):
                return number, wrong
            if line.first in numbers:
                return number, _TWICE
            numbers[line.first] = number
            self._chunks[line.first] = line
            if line.news is not None:
                self.news.append(line.news)
        self._todo, end = [], self._seeds.start
        for first in sorted(self._chunks):
            if first < end:
                return numbers[first], _TWICE
            self._leave(end, first)
            end = self._chunks[first].last
        self._leave(end, self._seeds.stop)
        return None

    def next_seeds(self) -> tuple[int, int] | None:
        """Return the first seeds that nobody tried, as many as a chunk takes; None: all are."""
        if not self._todo:
            return None
        first, last = self._todo.pop(0)
        middle = first + max(1, int(self._per_s * CHUNK_S))
        if middle < last:
            self._todo.insert(0, (middle, last))
        return first, min(middle, last)

    def add(self, chunk: Chunk, last: int) -> None:
        """Learn what came of seeds that were to be tried up to `last`."""
        self._chunks[chunk.first] = chunk
        self._leave(chunk.last, last)
        self._todo.sort()
        count = chunk.last - chunk.first
        # Not much more than before: the first runs may be quick ones.
        self._per_s = min(count / max(chunk.seconds, 1e-6), 4 * self._per_s)

    def take(self, first: int) -> Chunk | None:
        """Return what came of the seeds from one on, once."""
        return self._chunks.pop(first, None)

    def _leave(self, first: int, last: int) -> None:
        if first < min(last, self._seeds.stop):
            self._todo.append((first, min(last, self._seeds.stop)))


def _wrong(chunk: Chunk, start: int) -> str | None:
    """Return what no hunt would have written."""
    count = chunk.last - chunk.first
    if chunk.first < start or count < 1:
        return f"seeds {chunk.first} to {chunk.last}"
    if len(chunk.behaviours) != BYTES_EACH * count:
        return f"{len(chunk.behaviours)} bytes of behaviours for {count} seeds"
    told = [failing.seed for failing in chunk.violated]
    for seeds in (told, chunk.unknown, [seed for seed, _ in chunk.broken]):
        if sorted(set(seeds)) != seeds:
            return "seeds that are not in order"
        if seeds and not (chunk.first <= seeds[0] and seeds[-1] < chunk.last):
            return "seeds of another chunk"
    return None
