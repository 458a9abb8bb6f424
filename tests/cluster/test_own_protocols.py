"""Protocols that are not Paxos: roles, messages, notes and checks of one's own."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from paxos_des import Scenario, simulate
from paxos_des.checks.judges import CHECKS
from paxos_des.checks.verdict import Check, Observers
from paxos_des.cli.main import main
from paxos_des.cluster.registry import MULTI_PAXOS, ProtocolSpec, registered
from paxos_des.engine.entries import NoteEntry
from paxos_des.errors import InputError, ScenarioError
from paxos_des.failure import Failure
from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command, Slot, Value
from paxos_des.protocol.effects import (
    Completed,
    Effect,
    Invoked,
    Note,
    Noted,
    OwnRecord,
    Persist,
    Record,
    Send,
)
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.messages import Message
from paxos_des.protocol.role import Role, Settings, Workload
from paxos_des.run import checks_of, known_checks


class Ask(Message, frozen=True, gc=False):
    """Asks for a number to be counted."""

    number: int
    by: NodeId


class Counted(Message, frozen=True, gc=False):
    """Answers."""

    IDENTITY: ClassVar[tuple[str, ...]] = ("number",)

    number: int
    total: int


class Tallied(OwnRecord, frozen=True, gc=False):
    """A number was counted."""

    number: int


class Counts(Note, frozen=True, gc=False):
    """So many were counted."""

    total: int


class Front(Role):
    """Passes on to acceptor-0, and back."""

    def __init__(self, _: Leadership, __: Settings, ___: NodeId | None) -> None:
        self.learned: dict[Slot, Value] = {}

    def on_message(self, _: NodeId, message: Ask | Counted) -> list[Effect]:
        if isinstance(message, Ask):
            return [Send("acceptor-0", message)]
        self.learned[message.total - 1] = Command("client-0", message.number, None)
        return [Send("client-0", message)]


class Counter(Role):
    """Counts each number once, also over crashes."""

    def __init__(self, _: NodeId, __: Settings) -> None:
        self.numbers: set[int] = set()

    def recover(self, records: Sequence[Record]) -> list[Effect]:
        self.numbers = {record.number for record in records if isinstance(record, Tallied)}
        return []

    def on_message(self, source: NodeId, ask: Ask) -> list[Effect]:
        if ask.number in self.numbers:
            return [Send(source, Counted(ask.number, len(self.numbers)))]
        self.numbers.add(ask.number)
        total = len(self.numbers)
        kept: list[Effect] = [Persist(Tallied(ask.number)), Noted(Counts(total))]
        return [*kept, Send(source, Counted(ask.number, total))]


class Asker(Role):
    """Asks for all its commands at once."""

    def __init__(self, name: NodeId, _: Settings, workload: Workload) -> None:
        self.name, self.workload = name, workload
        self.commands = [
            Command(name, number, workload.operation_of(number)) for number in range(workload.count)
        ]

    def on_start(self) -> list[Effect]:
        effects: list[Effect] = []
        for number, command in enumerate(self.commands):
            leader = self.workload.first_leader(number)
            effects += [Invoked(command), Send(leader, Ask(number, self.name))]
        return effects

    def on_message(self, _: NodeId, message: Counted) -> list[Effect]:
        return [Completed(self.commands[message.number], "ok", None, message.total)]


class Below(Check):
    """No more is counted than the window allows."""

    name: ClassVar[str] = "below"

    def __init__(self, settings: Settings) -> None:
        self.window = settings.window

    def observers(self) -> Observers:
        return {Counts: self._on_counts}

    def _on_counts(self, entry: NoteEntry) -> None:
        if entry.what.total > self.window:
            self.violate(entry.at_us, f"{entry.node} counted {entry.what.total}", entry.n)


class Even(Check):
    """In the end, an even number is counted."""

    name: ClassVar[str] = "even"

    def __init__(self, _: Settings) -> None:
        self.last: tuple[int, int] = (0, -1)

    def observers(self) -> Observers:
        return {Counts: self._on_counts}

    def _on_counts(self, entry: NoteEntry) -> None:
        self.last = entry.what.total, entry.n

    def finish(self, end_us: int) -> None:
        total, number = self.last
        if total % 2:
            self.violate(end_us, f"{total} is odd", number)


COUNTING = ProtocolSpec(
    "counting",
    acceptor=Counter,
    leader=Front,
    client=Asker,
    checks=(Below, Even),
    usual_checks=(),
    records=(Tallied,),
)
SCENARIO = Scenario(
    protocol="counting", leaders=1, acceptors=1, values=4, horizon="1s", delay="uniform 1ms 5ms"
)


@pytest.fixture(autouse=True)
def counting() -> Iterator[None]:
    with registered(COUNTING):
        yield


def test_a_protocol_of_ones_own_runs_to_its_goal() -> None:
    run = simulate(SCENARIO, seed=3)

    assert run.verdicts == {"below": "ok", "even": "ok"}
    assert run.goal_met
    assert run.stats.messages["Ask"] == 8
    assert sorted(one.result for one in run.client_history if one.type == "ok") == [1, 2, 3, 4]


def test_a_leader_offers_a_history_or_has_none() -> None:
    run = simulate(SCENARIO, seed=3)

    assert run.leader_histories["leader-0"].length == 4


def test_checks_observe_messages_records_and_notes() -> None:
    seen: list[str] = []

    class Watches(Check):
        name: ClassVar[str] = "watches"

        def __init__(self, _: Settings) -> None: ...

        def observers(self) -> Observers:
            return {
                Ask: lambda entry: seen.append(f"{entry.event} {entry.message.number}"),
                Tallied: lambda entry: seen.append(f"{entry.event} {entry.record.number}"),
                Counts: lambda entry: seen.append(f"{entry.event} {entry.what.total}"),
                "note": lambda entry: seen.append(f"any {entry.event}"),
            }

    with registered(ProtocolSpec("watched", Counter, Front, Asker, (Watches,), ())):
        simulate(SCENARIO.replace(protocol="watched", values=1), seed=0)

    assert seen == ["send 0", "send 0", "durable 0", "note 1", "any note"]


def test_a_check_of_ones_own_stops_the_run_at_the_first_wrong_event() -> None:
    run = simulate(SCENARIO.replace(window=2), seed=3)

    assert run.verdict == "violated"
    assert run.violations[0].what == "acceptor-0 counted 3"
    assert [entry["what"] for entry in run.violations[0].entries] == [
        {"type": "Counts", "total": 3}
    ]


def test_a_check_may_judge_in_the_end() -> None:
    run = simulate(SCENARIO.replace(values=3), seed=3)

    assert run.verdicts == {"below": "ok", "even": "violated"}
    assert run.first_violation is not None
    assert run.first_violation.what == "3 is odd"


def test_named_checks_alone_judge_ones_own_beside_the_packages() -> None:
    run = simulate(SCENARIO.replace(values=3), seed=3, checks=["below", "agreement"])

    assert run.verdicts == {"agreement": "ok", "below": "ok"}


def test_the_packages_checks_join_where_a_protocol_does_not_say_which() -> None:
    with registered(ProtocolSpec("joined", Counter, Front, Asker, (Below,), records=(Tallied,))):
        scenario = SCENARIO.replace(protocol="joined")
        run = simulate(scenario, seed=3)

        assert tuple(run.verdicts) == checks_of(scenario) == (*CHECKS, "below")
    assert run.verdict == "unknown"  # nothing was chosen, says `progress`


def test_the_checks_that_judge_by_default_are_the_same_in_another_process() -> None:
    """There, their names are another object."""
    run = simulate(SCENARIO, seed=3, checks=[*CHECKS])

    assert tuple(run.verdicts) == ("below", "even")


def test_an_unknown_check_is_refused_with_the_names_of_ones_own() -> None:
    assert known_checks(SCENARIO) == (*CHECKS, "below", "even")
    with pytest.raises(
        InputError, match=r"found 'bellow' \(did you mean 'below'\?\).*, below, even"
    ):
        simulate(SCENARIO, seed=0, checks=["bellow"])


def test_a_check_may_not_take_the_name_of_another() -> None:
    class Agreement(Below):
        name: ClassVar[str] = "agreement"

    with (
        registered(MULTI_PAXOS.but("twice", checks=(Agreement,))),
        pytest.raises(InputError, match="found two of the name 'agreement'"),
    ):
        simulate(Scenario.named("duel").replace(protocol="twice"), seed=0)


def test_records_of_ones_own_survive_a_crash() -> None:
    faults: list[dict[str, Any]] = [
        {"at": "4ms", "crash": "acceptor-0"},
        {"at": "5ms", "restart": "acceptor-0"},
    ]
    run = simulate(SCENARIO.replace(faults=faults, values=20, stop_when="horizon"), seed=3)
    totals = [entry["what"]["total"] for entry in run.trace if entry["event"] == "note"]

    assert len(totals) < 20
    assert totals == list(range(1, len(totals) + 1))


def test_a_failure_of_a_check_of_ones_own_replays_from_its_file(tmp_path: Path) -> None:
    scenario = SCENARIO.replace(window=2)
    failure = Failure.of(scenario, simulate(scenario, seed=3).schedule, "below")
    assert failure is not None

    failure.save(tmp_path / "failure.json")
    again = Failure.load(tmp_path / "failure.json")

    assert again.check == "below"
    assert again.replay().digest == failure.digest


def test_a_saved_trace_is_judged_without_what_the_package_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "trace.jsonl"
    simulate(SCENARIO, seed=3, record="trace").trace.save(path)

    code = main(["check", str(path)])

    assert code == 3  # nothing is known to be chosen
    assert "unknown     progress" in capsys.readouterr().out


def test_heartbeats_are_for_leaders_that_want_to_know_the_primary() -> None:
    assert "Heartbeat" not in {
        kind
        for kind, sent in simulate(SCENARIO.replace(leaders=2), seed=0).stats.messages.items()
        if sent
    }


def test_a_record_may_not_take_the_name_of_another() -> None:
    class Promised(OwnRecord, frozen=True, gc=False):
        number: int

    with pytest.raises(ScenarioError, match="found a record of the name 'Promised'"):
        ProtocolSpec("clashing", Counter, Front, records=(Promised,))
