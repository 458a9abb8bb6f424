"""The one door through which chance comes in: the Chooser.

Whatever could have gone otherwise is a *decision*: a question with a name, the `Key`, and an
answer. *Weather* answers from a seed: from the seed, the stream (a link or a node, and a kind)
and the count on it, never from how many questions others asked. So one fault more leaves the
rest of the world as it was. *Interventions* override it, and are addressed by content: which
message, not which number. Without a seed, every answer is the dullest there is.

The bits of a stream are SplitMix64's (Steele, Lea, Flood, OOPSLA 2014), started where a hash of
seed and stream says: a counter-based generator, so that blocks are drawn at once, or single
answers out of order, and both agree. Nothing else in this project is random.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b, sha256
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from paxos_des.engine.fast import FAST
from paxos_des.errors import ScheduleError, shorten
from paxos_des.names import NodeId, nearest

Kind = Literal[
    "drop", "duplicate", "delay", "duplicate-delay", "tie", "duplicate-tie", "timer", "pick",
    "fsync", "fsync-fails", "misdirected", "keep", "rot", "nemesis", "fault", "operation",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "drop", "duplicate", "delay", "duplicate-delay", "tie", "duplicate-tie", "timer", "pick",
    "fsync", "fsync-fails", "misdirected", "keep", "rot", "nemesis", "fault", "operation",
)  # fmt: skip
OF_NODES: frozenset[Kind] = frozenset(
    (
        "timer", "pick", "fsync", "fsync-fails", "misdirected", "keep", "rot", "nemesis", "fault",
        "operation",
    )
)  # fmt: skip
"""Kinds that are asked at one node; the others are asked on a link."""

Answer = bool | int | str
"""Yes or no; microseconds or a rank; the name of a message, or a fault, as JSON; a word, such as
`nothing`; or an operation and its key.
"""

ANSWER_MAX = 2**53
"""In microseconds, 285 years."""

Remember = Literal["nothing", "schedule", "decisions"]

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = 2**64 - 1


class Key(msgspec.Struct, frozen=True, gc=False):
    """A decision's name.

    Attributes
    ----------
    place
        The link (source, target), the node (alone), or `nemesis` (alone).
    what
        What it is about, as compact JSON: which message, timer, record, request or step.
    copy
        Which of several such alike, from 1: a message sent again is copy 2.
    """

    kind: Kind
    place: tuple[NodeId, ...]
    what: str
    copy: int


class Decision(msgspec.Struct, frozen=True, gc=False):
    """A question and its answer; with an answer that is not dull, an *intervention*."""

    key: Key
    answer: Answer

    def to_dict(self) -> dict[str, Any]:
        """Return what a failure file holds, without the sentence."""
        what = msgspec.json.decode(self.key.what)
        key = {"kind": self.key.kind, "place": list(self.key.place), "what": what}
        return {"key": {**key, "copy": self.key.copy}, "answer": self.answer}

    @classmethod
    def from_dict(cls, found: object, where: str) -> "Decision":
        """Return the intervention that a file, or a user, wrote down.

        Raises
        ------
        ScheduleError
            Where anything is missing or of a wrong type; `where` is part of the sentence.
        """
        allowed = '{"key": {"kind", "place", "what", "copy"}, "answer"}'
        if not isinstance(found, Mapping) or not isinstance(found.get("key"), Mapping):
            message = f"{where}: found {shorten(found)}; allowed is {allowed}"
            raise ScheduleError(message)
        key = found["key"]
        kind, place, copy = key.get("kind"), key.get("place"), key.get("copy", 1)
        if kind not in KINDS:
            hint = nearest(str(kind), KINDS)
            message = f"{where}: found kind {shorten(kind)}{hint}; allowed: {', '.join(KINDS)}"
            raise ScheduleError(message)
        nodes = 1 if kind in OF_NODES else 2
        if not (
            isinstance(place, Sequence)
            and len(place) == nodes
            and all(isinstance(name, str) for name in place)
        ):
            message = f"{where}: found place {shorten(place)}; allowed are {nodes} node names"
            raise ScheduleError(message)
        if type(copy) is not int or copy < 1:
            message = f"{where}: found copy {shorten(copy)}; allowed is an integer from 1"
            raise ScheduleError(message)
        if not isinstance(key.get("what"), Mapping):
            message = f"{where}: found what {shorten(key.get('what'))}; allowed is an object"
            raise ScheduleError(message)
        answer = _checked_answer(kind, found.get("answer"), where)
        return cls(Key(kind, tuple(place), name_of(key["what"]), copy), answer)


def name_of(content: object) -> str:
    """Return content as compact JSON: how a decision's key names a message or a timer."""
    return msgspec.json.encode(content).decode()


class Weather:
    """Answers from a seed: 64 bits for each stream and count."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.root = _root_of(seed)

    def bits(self, stream: int, count: int) -> int:
        """Return the answer number `count` of a stream, as 64 bits."""
        if FAST is not None:
            bits: int = FAST.bits_of(self.root, stream, count)
            return bits
        start = _mix(self.root ^ stream)
        return _mix((start + (count + 1) * _GOLDEN) & _MASK)

    def block(self, streams: NDArray[np.uint64], start: int, size: int) -> NDArray[np.uint64]:
        """Return `size` answers from number `start` on, for each stream: shape (…, size)."""
        starts = _mix_block(streams ^ np.uint64(self.root))
        return _mix_block(starts[..., np.newaxis] + _steps(start, size))


def first_blocks(
    seeds: Iterable[int], streams: NDArray[np.uint64], size: int
) -> NDArray[np.uint64]:
    """Return, in one pass for all the seeds, the first `size` answers of their weathers for each
    stream: shape (seeds, …, size).
    """
    roots = np.array([_root_of(seed) for seed in seeds], dtype=np.uint64)
    starts = _mix_block(streams ^ roots.reshape(-1, *(1 for _ in streams.shape)))
    return _mix_block(starts[..., np.newaxis] + _steps(0, size))


def _root_of(seed: int) -> int:
    return int.from_bytes(sha256(str(seed).encode()).digest()[:8], "little")


@lru_cache(maxsize=65_536)
def stream_of(kind: Kind, place: tuple[NodeId, ...], name: str = "") -> int:
    """Return the stream of a kind at a place: a hash of their names, the same everywhere."""
    text = "/".join((kind, *place, name))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


class Chooser:
    """Answers every decision of one run, and remembers answers where that is asked for.

    Parameters
    ----------
    seed
        Names the weather; None: every answer is dull.
    schedule
        Interventions, which override the weather.
    remember
        `schedule`: the answers that were not dull, which replay the run; `decisions`: all.

    Attributes
    ----------
    is_careful
        Keys have to be made. A run that only draws weather never makes one.
    minded
        The places at which they have to be made: those of the schedule; None: everywhere, for
        answers are remembered.
    """

    def __init__(
        self, seed: int | None, schedule: Iterable[Decision] = (), *, remember: Remember = "nothing"
    ) -> None:
        self.weather = None if seed is None else Weather(seed)
        self._answers = {decision.key: decision.answer for decision in schedule}
        self._remember = remember
        self.is_careful = bool(self._answers) or remember != "nothing"
        self.minded: frozenset[tuple[NodeId, ...]] | None = None
        if remember == "nothing":
            self.minded = frozenset(key.place for key in self._answers)
        self.remembered: list[Decision] = []
        self._unused = dict.fromkeys(self._answers)
        self._copies: dict[tuple[tuple[NodeId, ...], str], int] = {}
        self._counts: dict[int, int] = {}

    @property
    def faults(self) -> tuple[Decision, ...]:
        """Interventions that let a fault happen, where the scenario asks for none."""
        found = (Decision(key, answer) for key, answer in self._answers.items())
        return tuple(decision for decision in found if decision.key.kind == "fault")

    @property
    def unused(self) -> tuple[Decision, ...]:
        """Interventions whose question was never asked."""
        return tuple(Decision(key, self._answers[key]) for key in self._unused)

    def minds(self, place: tuple[NodeId, ...]) -> bool:
        """Whether keys have to be made at a place. Copies are counted by place, so that none has to
        be counted elsewhere: the replay of a short schedule costs little more than the dull run.
        """
        return self.minded is None or place in self.minded

    def copy(self, place: tuple[NodeId, ...], what: str) -> int:
        """Count one more of its kind at a place; return which one it is, from 1."""
        copy = self._copies.get((place, what), 0) + 1
        self._copies[place, what] = copy
        return copy

    def count(self, stream: int) -> int:
        """Count one more question on a stream; return how many there were before."""
        count = self._counts.get(stream, 0)
        self._counts[stream] = count + 1
        return count

    def choose(
        self, key: Key, drawn: Answer, dull: Answer, *, among: Sequence[Answer] | None = None
    ) -> Answer:
        """Return the intervention for `key`, or else what was drawn; remember what is asked for.

        An intervention that is not `among` the answers there are, where they are named, is as
        good as none: it stays unused.
        """
        answer = self._answers.get(key, drawn)
        if among is not None and answer not in among:
            answer = drawn
        elif key in self._unused:
            del self._unused[key]
        if self._remember == "decisions" or (self._remember == "schedule" and answer != dull):
            self.remembered.append(Decision(key, answer))
        return answer

    def timer_us(self, node: NodeId, name: object, low_us: int, high_us: int) -> int:
        """Pick when a timer fires, from a range; the dullest is the lowest.

        An intervention may let it fire at any other time: also one that chance has no part in.
        """
        is_minded = self.is_careful and self.minds((node,))
        if low_us == high_us and not is_minded:
            return low_us
        drawn = low_us
        what = name_of(name)
        if self.weather is not None and low_us < high_us:
            stream = stream_of("timer", (node,), what)
            bits = self.weather.bits(stream, self.count(stream))
            drawn += bits * (high_us - low_us + 1) >> 64
        if not is_minded:
            return drawn
        answer = self.choose(Key("timer", (node,), what, self.copy((node,), what)), drawn, low_us)
        assert type(answer) is int, answer
        return answer

    def pick(
        self,
        node: NodeId,
        after: Callable[[], str],
        names: Callable[[], Sequence[str]],
        size: int,
        *,
        nothing_below: int,
    ) -> int | None:
        """Pick one of `size` pooled messages, by its place in order of arrival, or nothing.

        Parameters
        ----------
        after, names
            What made the pump look, and the messages' names; called only where keys are made.
        nothing_below
            Of 2**64: the chance of handing over nothing.
        """
        index: int | None = 0
        if self.weather is not None:
            stream = stream_of("pick", (node,))
            count = self.count(stream)
            if self.weather.bits(stream, 2 * count) < nothing_below:
                index = None
            else:
                index = self.weather.bits(stream, 2 * count + 1) * size >> 64
        if not (self.is_careful and self.minds((node,))):
            return index
        what = after()
        pooled = names()
        drawn = "nothing" if index is None else pooled[index]
        key = Key("pick", (node,), what, self.copy((node,), what))
        answer = self.choose(key, drawn, pooled[0], among=(*pooled, "nothing"))
        return None if answer == "nothing" else pooled.index(str(answer))


def chance(probability: float) -> int:
    """Return a probability as a threshold for 64 bits: below it, yes."""
    numerator, denominator = probability.as_integer_ratio()
    return (numerator << 64) // denominator


def _mix(state: int) -> int:
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _MASK
    return state ^ (state >> 31)


_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def _mix_block(states: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix `states` where they lie: half of the time went into making new arrays."""
    states ^= states >> _30
    states *= _FIRST
    states ^= states >> _27
    states *= _SECOND
    states ^= states >> _31
    return states


@lru_cache(maxsize=64)
def _steps(start: int, size: int) -> NDArray[np.uint64]:
    """Return how far the answers from number `start` on lie from a stream's start."""
    return np.arange(start + 1, start + size + 1, dtype=np.uint64) * np.uint64(_GOLDEN)


def _checked_answer(kind: Kind, found: object, where: str) -> Answer:
    if kind in ("drop", "duplicate", "fsync-fails"):
        if isinstance(found, bool):
            return found
        allowed = "true or false"
    elif kind == "pick":
        if isinstance(found, str):
            return found
        allowed = 'a message\'s name, or "nothing"'
    elif kind in ("nemesis", "fault"):
        if isinstance(found, str):
            return found
        allowed = 'a fault, as compact JSON in a text, or "nothing"'
    elif kind == "operation":
        if isinstance(found, str):
            return found
        allowed = 'an operation and its key, as in "get k1"'
    else:
        if type(found) is int and 0 <= found <= ANSWER_MAX:
            return found
        allowed = "an integer from 0 (a rank, a number of records or bytes, or microseconds)"
    message = f"{where}: found answer {shorten(found)} to {kind!r}; allowed is {allowed}"
    raise ScheduleError(message)
