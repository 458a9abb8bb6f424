"""All checks of a run together: who observes what, and what they say in the end."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from paxos_des.checks.acceptors import BallotRules, Promises, ReportedVotes
from paxos_des.checks.configurations import Configurations
from paxos_des.checks.durability import Durability
from paxos_des.checks.facts import NO_FACTS, Facts
from paxos_des.checks.histories import Agreement, Learned, LearnedChosen, NeverUnlearned, Validity
from paxos_des.checks.linearizable import Linearizability
from paxos_des.checks.liveness import Liveness
from paxos_des.checks.low_water import LowWater
from paxos_des.checks.records import Acceptors
from paxos_des.checks.replicas import Integrity, Order
from paxos_des.checks.verdict import Check, Observers, Verdict, Violation
from paxos_des.checks.votes import ChosenOnce, FirstVote, Progress, Votes
from paxos_des.errors import InputError
from paxos_des.names import nearest
from paxos_des.protocol.effects import Voted
from paxos_des.protocol.quorum import Quorums

CHECKS = (
    "agreement", "chosen-once", "learned-chosen", "never-unlearned", "validity", "ballots",
    "promises", "reported-votes", "durability", "integrity", "order", "linearizability",
    "liveness", "progress",
)  # fmt: skip

AT_THE_END = ("liveness", "progress")
"""Those that rest on when a run ends."""


class Judges:
    """The checks of one record.

    Parameters
    ----------
    quorums
        What is enough votes.
    names
        Which checks judge; all of them by default.
    facts
        What else the scenario says.
    own
        The checks that a protocol brings: they judge where they are named.

    Raises
    ------
    InputError
        When there is no check of a name, or two are of one.
    """

    def __init__(
        self,
        quorums: Quorums,
        names: Collection[str] = CHECKS,
        *,
        facts: Facts = NO_FACTS,
        own: tuple[Check, ...] = (),
    ) -> None:
        self._names = CHECKS if names is CHECKS else _ordered(names, own)
        acceptors = self._acceptors = Acceptors()
        low_water = self._low_water = LowWater(facts.leaders, acceptors)
        self.votes = Votes(Configurations(quorums, facts.reconfigure_after), low_water)
        learned = Learned(low_water)
        promises = Promises(acceptors)
        self._linearizability: Linearizability | None = None
        if facts.replica != "none" and Linearizability.name in names:
            self._linearizability = Linearizability(facts.replica)
        self._liveness: Liveness | None = None
        if facts.live_within_us is not None and Liveness.name in names:
            self._liveness = Liveness(quorums, facts)
        everyone: list[Check] = [
            Agreement(learned, low_water),
            ChosenOnce(self.votes),
            LearnedChosen(self.votes, low_water),
            NeverUnlearned(learned),
            Validity(self.votes),
            BallotRules(low_water),
            promises,
            ReportedVotes(acceptors),
            Durability(acceptors, self.votes, low_water, facts),
            Progress(self.votes),
        ]
        # Who has nothing to judge is not there at all: see `verdicts`.
        if facts.may_apply:
            everyone += [Integrity(low_water), Order(learned, low_water)]
        everyone += [one for one in (self._linearizability, self._liveness) if one is not None]
        if names is not CHECKS:
            everyone = [check for check in (*everyone, *own) if check.name in names]
        self.checks = tuple(everyone)
        self._own = tuple(check for check in own if check.name in names)
        # What several checks stand on observes first; the low-water mark, when all have forgotten.
        self._observers: list[Observers] = [
            {Voted: self.votes.observer()},
            {"learn": learned.on_learn},
        ]
        if facts.may_forget:
            self._observers += [{"recover": self.votes.on_recover}, acceptors.observers()]
        if "promises" not in names and ("reported-votes" in names or "durability" in names):
            self._observers.append(promises.observers())
        self._observers += [check.observers() for check in self.checks]
        if facts.may_forget:
            self._observers.append(low_water.observers())

    def observe(
        self,
        events: dict[str, list[Callable[[Any], None]]],
        types: dict[type, list[Callable[[Any], None]]],
    ) -> None:
        """Add what the checks observe to those lists, by event, and by type of message sent or
        of record made durable.
        """
        for observers in self._observers:
            for what, observer in observers.items():
                if what is FirstVote:
                    self.votes.on_first.append(observer)
                    continue
                heard: Any = events if isinstance(what, str) else types
                if what in heard:
                    heard[what].append(observer)
                else:
                    heard[what] = [observer]

    def ring(self, alarm: Callable[[], object]) -> None:
        """Have `alarm` called as soon as a check is violated."""
        for check in self.checks:
            check.alarm = alarm  # type: ignore[method-assign] # one check's, not the class's

    def finish(self, end_us: int) -> None:
        """Let those judge that can do so in the end only; it was at this time."""
        if self._liveness is not None:
            self._liveness.finish(end_us)
        for check in self._own:
            check.alarm = _nothing  # type: ignore[method-assign] # no run is left to be stopped
            check.finish(end_us)

    def dissolve(self) -> None:
        """Let those that share the low-water mark go, after the run: see `Cluster.dissolve`."""
        self._low_water.on_rise.clear()
        self.votes.dissolve()
        self._acceptors.dissolve()

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What was violated, in the order of time, then of the checks."""
        if self._linearizability is not None:
            self._linearizability.conclude()
        found = [check.violation for check in self.checks if check.violation is not None]
        return tuple(sorted(found, key=lambda violation: violation.at_us))

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """Each check's verdict, by its name: one that has nothing to judge is content."""
        verdicts: dict[str, Verdict] = dict.fromkeys(self._names, "ok")
        for check in self.checks:
            verdicts[check.name] = check.verdict
        return verdicts

    @property
    def verdict(self) -> Verdict:
        return joined(self.verdicts.values())


def _ordered(names: Collection[str], own: tuple[Check, ...]) -> tuple[str, ...]:
    """Return the names of checks in their own order; refuse a name that none has, or two have."""
    known = (*CHECKS, *(check.name for check in own)) if own else CHECKS
    if own and len(set(known)) < len(known):
        twice = next(name for place, name in enumerate(known) if name in known[:place])
        message = f"check: found two of the name {twice!r}; allowed is one"
        raise InputError(message)
    for name in names:
        if name not in known:
            hint = nearest(str(name), known)
            message = f"check: found {name!r}{hint}; allowed: {', '.join(known)}"
            raise InputError(message)
    return tuple(name for name in known if name in names)


def _nothing() -> None:
    """Ring no bell."""


def joined(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst of verdicts: violated, then unknown, then ok."""
    found = set(verdicts)
    if "violated" in found:
        return "violated"
    return "unknown" if "unknown" in found else "ok"
