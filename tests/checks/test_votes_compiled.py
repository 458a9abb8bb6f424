"""Checks that were compiled, beside those that were not: of any votes, they say the same."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from built import compiled
from hypothesis import given, settings
from hypothesis import strategies as st

from paxos_des.checks import acceptors, votes
from paxos_des.checks.facts import Facts
from paxos_des.checks.judges import CHECKS, Judges
from paxos_des.engine.entries import (
    Entry,
    ForgetEntry,
    MessageEntry,
    RecordEntry,
    RecoverEntry,
    SnapshotEntry,
)
from paxos_des.engine.fast import FAST
from paxos_des.protocol.ballot import Ballot, Command, Vote
from paxos_des.protocol.effects import Forgotten, Promised, Voted
from paxos_des.protocol.messages import Promise
from paxos_des.protocol.quorum import Flexible, Grid, Majority, Quorums

pytestmark = compiled


class Older(Voted, frozen=True, gc=False):
    """A vote of a wrong protocol: its class is another."""


ONE = Command("client-0", 0, ("put", "x", 1))
ALIKE = Command("client-0", 0, ("put", "x", 1))
TRUE = Command("client-0", 0, ("put", "x", True))
OTHER = Command("client-1", 0, ("put", "x", 2))
LOW, HIGH, HIGHEST = Ballot(1, 0), Ballot(2, 1), Ballot(2, 2)

quorums: st.SearchStrategy[Quorums] = st.sampled_from([
    Majority(3), Majority(3), Majority(5), Majority(1), Flexible(acceptors=3, phase1=3, phase2=1),
    Grid(acceptors=4, rows=2, columns=2),
])  # fmt: skip
everyone = st.sampled_from([f"acceptor-{index}" for index in range(5)])
nodes = st.sampled_from(["acceptor-0", "acceptor-1", "acceptor-2"]) | everyone | st.just("client-0")
slots = st.sampled_from([0, 0, 1, 1, 2, 3]) | st.sampled_from([-1, 15, 16, 64, 10**6, 2**62])
values: st.SearchStrategy[Any] = (
    st.just(ONE)
    | st.sampled_from([ONE, OTHER, ALIKE, TRUE, "noop"])
    | st.builds(Command, st.just("client-0"), st.just(0), st.just(("put", "x", 1)))
)
ballots: st.SearchStrategy[Any] = (
    st.just(LOW)
    | st.sampled_from([LOW, HIGH, HIGHEST])
    | st.builds(Ballot, st.integers(0, 3), st.integers(-1, 2))
    | st.sampled_from([(1, 0), (2, 1), [1, 0], [2, 1]])
)
votings = st.builds(Voted, slots, ballots, values)
single = st.one_of(
    votings, votings, votings, votings,
    st.builds(Older, slots, ballots, values),
    st.builds(Promised, ballots, slots | st.none(), slots | st.none()),
    st.builds(Forgotten, st.integers(0, 3)),
    st.builds(
        Promise, ballots, st.lists(st.builds(Vote, slots, ballots, values), max_size=2).map(tuple),
        slots | st.none(), slots | st.none(),
    ),
    st.tuples(st.sampled_from(["forget", "snapshot", "leap"]), st.integers(0, 3)),
    st.builds(lambda said, cast: ("recover", (said,), tuple(cast)),
              st.fixed_dictionaries({"ballot": ballots}, optional={"slot": slots}),
              st.lists(st.builds(Vote, slots, ballots, values), max_size=2)),
    st.just(("recover", (), ())), st.just(("refused",)),
)  # fmt: skip
rounds = st.builds(
    lambda voted, voters: [(voter, voted) for voter in voters],
    votings,
    st.lists(nodes, min_size=1, max_size=5),
)
"""What all, or some, vote for alike: the very same value and ballot, as is mostly so."""
bound = st.builds(
    lambda node, slot, promised, voted, covers, value: [
        (node, Promised(promised, slot if covers else None)),
        (node, Voted(slot, voted, value)),
    ],
    nodes, slots, ballots, ballots, st.booleans(), values,
)  # fmt: skip
"""A promise, and a vote that it may forbid."""
befallen = st.lists(rounds | bound | st.tuples(nodes, single).map(lambda one: [one]), max_size=25)


class Panel:
    """The checks of a record, and what they said, saw first, and refused."""

    def __init__(self, quorums: Quorums, facts: Facts, names: tuple[str, ...]) -> None:
        self.judges = Judges(quorums, names, facts=facts)
        self.events: dict[str, list[Any]] = {}
        self.types: dict[type, list[Any]] = {}
        self.judges.observe(self.events, self.types)
        self.noted: list[object] = []
        self.judges.votes.on_first.append(lambda entry: self.noted.append(("first", entry.n)))
        self.judges.votes.on_chosen.append(lambda *chosen: self.noted.append(("chosen", *chosen)))
        self.judges.votes.on_drop.append(lambda value: self.noted.append(("drop", value)))

    def hear(self, entry: Entry) -> None:
        kind: Any = type(getattr(entry, "record", getattr(entry, "message", None)))
        try:
            for observer in (*self.types.get(kind, ()), *self.events.get(entry.event, ())):
                observer(entry)
        except (TypeError, ValueError, KeyError) as error:  # what is damaged may be no record
            self.noted.append((type(error), str(error)))

    def known(self) -> Iterator[object]:
        """Yield all that is to be known of them."""
        judges, votes = self.judges, self.judges.votes
        yield self.noted
        yield judges.violations
        yield judges.verdicts
        yield votes.chosen
        yield {slot: votes.chosen_by[slot] for slot in votes.chosen}
        yield votes.slots, votes.commands.count, votes.commands._below, votes.commands._above
        yield [(slot, candidates) for slot, candidates in votes._candidates.items()]
        yield votes._chosen_later
        for node, records in judges._acceptors.records.items():
            yield node, records.floor, records.forgot, records.promised_to_all, records.told
            yield records.promised, {slot: records.promised_by[slot] for slot in records.promised}
            yield records.votes, {slot: records.voted_by[slot] for slot in records.votes}


def entry_of(number: int, node: str, what: Any) -> Entry:  # noqa: ANN401, PLR0911 - of all kinds
    at_us = 10 * number
    match what:
        case Promise():
            return MessageEntry(number, at_us, "send", node, "leader-0", number, what)
        case ("forget", below):
            return ForgetEntry(number, at_us, "forget", node, below)
        case ("snapshot", slot):
            return SnapshotEntry(number, at_us, "snapshot", "leader-0", slot, "")
        case ("leap", slot):
            return SnapshotEntry(number, at_us, "snapshot", "leader-0", 10**6 + slot, "")
        case ("recover", promised, cast):
            return RecoverEntry(number, at_us, "recover", node, promised, cast)
        case ("refused",):
            return RecoverEntry(number, at_us, "recover", node, refused="it is broken")
        case _:
            return RecordEntry(number, at_us, "durable", node, what)


def both(quorums: Quorums, facts: Facts, names: tuple[str, ...] = CHECKS) -> tuple[Panel, Panel]:
    """Return the checks twice: with what was compiled, and without."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(acceptors, "FAST", None)
        patch.setattr(votes, "FAST", None)
        plain = Panel(quorums, facts, names)
    compiled = Panel(quorums, facts, names)
    kinds = {type(observer) for observer in compiled.types[Voted]}
    assert FAST.PromisesKept in kinds
    assert (FAST.VotesCounted in kinds) == (facts.reconfigure_after is None)
    assert not {FAST.PromisesKept, FAST.VotesCounted} & {
        type(observer) for observer in plain.types[Voted]
    }
    return compiled, plain


@settings(deadline=None, max_examples=150)
@given(
    quorums=quorums,
    done=befallen,
    leaders=st.sampled_from([(), ("leader-0",)]),
    names=st.sampled_from([CHECKS, ("promises",), ("ballots", "reported-votes", "validity")]),
)
def test_the_checks_say_the_same_of_any_votes(
    quorums: Quorums,
    done: list[list[tuple[str, Any]]],
    leaders: tuple[str, ...],
    names: tuple[str, ...],
) -> None:
    compiled, plain = both(quorums, Facts(leaders=leaders), names)

    for number, (node, what) in enumerate(one for several in done for one in several):
        entry = entry_of(number, node, what)
        compiled.hear(entry)
        plain.hear(entry)
        assert compiled.noted == plain.noted

    assert list(compiled.known()) == list(plain.known())


def test_votes_are_numbered_alike_where_many_slots_were_forgotten() -> None:
    compiled, plain = both(Majority(3), Facts())
    done: list[Any] = [Voted(slot, HIGH, ONE) for slot in range(100)]
    done += [Forgotten(90), *(Voted(slot, HIGH, ONE) for slot in reversed(range(100, 200)))]
    done.append(Voted(120, LOW, ONE))
    for number, what in enumerate(done):
        entry = entry_of(number, "acceptor-0", what)
        compiled.hear(entry)
        plain.hear(entry)

    assert list(compiled.known()) == list(plain.known())
    numbers = {one.check: one.numbers for one in compiled.judges.violations}
    assert numbers["promises"] == (180, 201)


@pytest.mark.parametrize("slot", [2**63 - 1, 2**63, 2**64, 10**30, -(2**63), -(10**30)])
def test_a_slot_as_far_away_as_a_damaged_trace_may_name_is_judged(slot: int) -> None:
    compiled, plain = both(Majority(3), Facts())
    # An acceptor of which nothing is known yet is judged in plain Python.
    for number, (index, at) in enumerate(product(range(3), (0, slot, 1))):
        entry = entry_of(number, f"acceptor-{index}", Voted(at, LOW, ONE))
        compiled.hear(entry)
        plain.hear(entry)

    assert list(compiled.known()) == list(plain.known())
