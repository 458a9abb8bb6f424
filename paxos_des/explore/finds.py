"""What a hunt has found: each bug once, with how often it came."""

from dataclasses import dataclass, field

from paxos_des.explore.sampling import Sampling
from paxos_des.explore.worker import Failing, Shrunk
from paxos_des.failure import Failure

SEEDS_KEPT = 20


@dataclass(slots=True)
class Find:
    """A bug: failures of the same check and, when they are small, of the same shape.

    Attributes
    ----------
    failure
        The first of them, shrunk.
    first
        The number of its schedule in the hunt, from 1.
    seeds
        Under which it came, the first ones.
    count
        How often it came, of the failures that were shrunk.
    before, after
        How many interventions the first had, and has.
    runs
        Replays that shrinking it took.
    is_minimal
        Whether nothing of it can be spared, and nothing be simpler.
    file
        Where it is, if it was kept.
    """

    failure: Failure
    shape: str
    first: int
    seeds: list[int]
    before: int
    after: int
    runs: int
    is_minimal: bool
    file: str | None = None
    count: int = 1

    @property
    def check(self) -> str:
        return self.failure.check


@dataclass(slots=True)
class Finds:
    """All that was found so far.

    Attributes
    ----------
    by_shape
        In the order in which they came.
    not_shrunk
        By check: so many failures were left as they are, because all others were the same.
    not_again
        Seeds whose failure did not come again in its replay: a mistake of the strategy's.
    """

    by_shape: dict[str, Find] = field(default_factory=dict)
    not_shrunk: dict[str, int] = field(default_factory=dict)
    not_again: list[int] = field(default_factory=list)
    _samplings: dict[str, Sampling] = field(default_factory=dict)

    def is_next(self, failing: Failing) -> bool:
        """Count a failure; return whether it is to be shrunk."""
        sampling = self._samplings.setdefault(failing.check, Sampling())
        if sampling.is_next() and not failing.is_lost:
            return True
        self.not_shrunk[failing.check] = self.not_shrunk.get(failing.check, 0) + 1
        return False

    def is_new(self, record: Shrunk) -> bool:
        return record.shape is not None and record.shape not in self.by_shape

    def take(self, record: Shrunk, failure: Failure | None, first: int) -> Find | None:
        """Take what shrinking said, and return the bug it is; None if the failure was none.

        Parameters
        ----------
        failure
            Needed if the shape is new.
        first
            The number of its schedule.
        """
        is_new = self.is_new(record)
        self._samplings[record.check].on_shape(is_new=is_new)
        if record.shape is None:
            self.not_again.append(record.seed)
            return None
        if not is_new:
            find = self.by_shape[record.shape]
            find.count += 1
            if len(find.seeds) < SEEDS_KEPT:
                find.seeds.append(record.seed)
            return find
        assert failure is not None, f"{record.shape} is new, and there is no failure"
        find = self.by_shape[record.shape] = Find(
            failure,
            record.shape,
            first,
            [record.seed],
            before=record.before,
            after=record.after,
            runs=record.runs,
            is_minimal=record.is_minimal,
            file=record.file,
        )
        return find
