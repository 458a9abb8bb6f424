"""Faults happen and are undone: one by one, over each other, by name and all at once."""

from typing import Any

import msgspec
import pytest

from paxos_des.cluster.aims import Roles
from paxos_des.cluster.faults import fault
from paxos_des.cluster.havoc import Havoc
from paxos_des.engine.choices import Chooser
from paxos_des.engine.delays import Constant
from paxos_des.engine.entries import PrimaryEntry
from paxos_des.engine.links import LinkModel, NetworkPlan
from paxos_des.engine.network import Network
from paxos_des.engine.trace import Trace
from paxos_des.engine.world import World

ROLES = Roles(("leader-0", "leader-1"), ("acceptor-0", "acceptor-1", "acceptor-2"), ("client-0",))
A_LINK = ("leader-0", "acceptor-0")


class FakeDisk:
    """A disk of three records that notes what is done to it."""

    def __init__(self, stage: "Stage", name: str) -> None:
        self._stage = stage
        self._name = name

    def slow_by(self, *, extra_us: int) -> None:
        self._stage.note("slow-disk", self._name, extra_us)

    def rot(self, back: int) -> bool:
        self._stage.note("rot", self._name, back)
        return back <= 3

    def fail_next(self) -> None:
        self._stage.note("fail_next", self._name)

    def misdirect_next(self, back: int) -> None:
        self._stage.note("misdirect", self._name, back)

    def disarm(self) -> None:
        self._stage.note("disarm", self._name)


class FakeClock:
    """A clock that is a bit fast, and notes what is done to it."""

    def __init__(self, stage: "Stage", name: str) -> None:
        self._stage = stage
        self._name = name
        self.rate_ppm = 1_010_000

    def set_rate(self, rate_ppm: int) -> None:
        self._stage.note("rate", self._name, rate_ppm)
        self.rate_ppm = rate_ppm

    def step(self, by_us: int) -> None:
        self._stage.note("step", self._name, by_us)


class Stage:
    """Nodes that note what befalls them; acceptors have disks, leaders have clocks."""

    def __init__(self) -> None:
        self.world = World()
        self.trace = Trace("trace")
        pairs = [
            (one, other, LinkModel(Constant(5)))
            for one in ROLES.all for other in ROLES.all if ROLES.has_link(one, other)
        ]  # fmt: skip
        chooser = Chooser(None)
        plan = NetworkPlan(pairs)
        self.network = Network(self.world, self.trace, chooser, plan, has_shuffled_ties=False)
        self.deeds: list[tuple[Any, ...]] = []
        self.disks = {name: FakeDisk(self, name) for name in ROLES.acceptors}
        self.clocks = {name: FakeClock(self, name) for name in ROLES.leaders}
        self.havoc = Havoc(ROLES, self, world=self.world, trace=self.trace, network=self.network)

    def note(self, deed: str, name: str, *rest: object) -> None:
        self.deeds.append((self.world.now // 1_000, deed, name, *rest))

    def fail(self, name: str) -> None:
        self.note("fail", name)

    def heal(self, name: str) -> None:
        self.note("heal", name)

    def crash(self, name: str, when: str) -> None:
        self.note("crash", name, *(() if when == "now" else (when,)))

    def restart(self, name: str) -> None:
        self.note("restart", name)

    def pause(self, name: str) -> None:
        self.note("pause", name)

    def resume(self, name: str) -> None:
        self.note("resume", name)

    def slow(self, name: str, by_us: int) -> None:
        self.note("slow", name, by_us)

    def disk(self, name: str) -> FakeDisk | None:
        return self.disks.get(name)

    def clock(self, name: str) -> FakeClock | None:
        return self.clocks.get(name)

    def play(self, *tables: dict[str, Any], until_ms: int = 1_000) -> list[tuple[Any, ...]]:
        """Let faults happen; return what befell nodes, disks and clocks, but for disarming."""
        self.havoc.schedule(fault(table, "a test") for table in tables)
        self.world.run(until=until_ms * 1_000)
        return [deed for deed in self.deeds if deed[1] != "disarm"]

    def noted(self) -> list[tuple[Any, ...]]:
        """Return the trace's entries: when, node, peer, deed and detail."""
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        return [
            (one["at_us"] // 1_000, one["node"], one.get("peer"), one["deed"], one.get("detail"))
            for one in map(decode, self.trace.lines()) if one["event"] == "nemesis"
        ]  # fmt: skip

    def believe(self, leader: str, primary: str) -> None:
        self.trace.add(PrimaryEntry, self.world.now, "primary", leader, primary)

    def is_cut(self, link: tuple[str, str]) -> bool:
        trouble = self.network.links[link[0]][link[1]].trouble
        return trouble is not None and trouble.is_cut


def at(time_ms: int, **said: object) -> dict[str, Any]:
    table = {key.rstrip("_").replace("_", "-"): value for key, value in said.items()}
    return {"at": f"{time_ms}ms", **table}


@pytest.mark.parametrize(
    ("deed", "undone"), [("fail", "heal"), ("crash", "restart"), ("pause", "resume")]
)
def test_what_lasts_is_undone_when_its_time_is_over(deed: str, undone: str) -> None:
    deeds = Stage().play(at(1, **{deed: "acceptor-0"}, for_="30ms"))

    assert deeds == [(1, deed, "acceptor-0"), (31, undone, "acceptor-0")]


def test_what_has_no_end_lasts() -> None:
    assert Stage().play(at(1, crash="acceptor-0")) == [(1, "crash", "acceptor-0")]


def test_a_crash_may_wait_for_the_next_record() -> None:
    deeds = Stage().play(at(1, crash="acceptor-0", when="after-durable"))

    assert deeds == [(1, "crash", "acceptor-0", "after-durable")]


def test_a_node_that_two_faults_crashed_restarts_when_both_are_over() -> None:
    deeds = Stage().play(
        at(1, crash="acceptor-0", for_="50ms"), at(10, crash="acceptor-0", for_="10ms")
    )

    assert deeds == [
        (1, "crash", "acceptor-0"), (10, "crash", "acceptor-0"), (51, "restart", "acceptor-0"),
    ]  # fmt: skip


def test_what_is_undone_by_name_is_not_undone_again() -> None:
    deeds = Stage().play(
        at(1, crash="acceptor-0", for_="50ms"), at(10, restart="acceptor-0"),
        at(20, crash="acceptor-0"),
    )  # fmt: skip

    assert deeds == [
        (1, "crash", "acceptor-0"), (10, "restart", "acceptor-0"), (20, "crash", "acceptor-0"),
    ]  # fmt: skip


def test_what_no_fault_did_can_be_undone_by_name() -> None:
    assert Stage().play(at(1, heal="leader-0")) == [(1, "heal", "leader-0")]


def test_two_slow_downs_add_up() -> None:
    stage = Stage()

    deeds = stage.play(
        at(1, slow="leader-0", by="2ms", for_="50ms"),
        at(10, slow="leader-0", by="3ms", for_="10ms"),
    )

    sums = [(1, 2_000), (10, 5_000), (20, 2_000), (51, 0)]
    assert deeds == [(time, "slow", "leader-0", by_us) for time, by_us in sums]
    assert stage.noted() == [(time, "leader-0", None, "slow", by_us) for time, by_us in sums]


def test_a_storm_crashes_and_restarts_so_many_times() -> None:
    stage = Stage()

    deeds = stage.play(at(1, storm="acceptor-0", times=3, every="20ms"))

    assert deeds == [
        (time, deed, "acceptor-0") for start in (1, 21, 41)
        for time, deed in ((start, "crash"), (start + 10, "restart"))
    ]  # fmt: skip
    assert stage.noted() == [
        (1, "nemesis", None, "storm", {"storm": "acceptor-0", "times": 3, "every": "20ms"})
    ]


def test_a_flapping_link_is_cut_and_mended_so_many_times() -> None:
    stage = Stage()

    stage.play(at(1, flap=A_LINK, times=2, every="20ms"))

    assert stage.noted()[1:] == [
        (time, *A_LINK, deed, None)
        for time, deed in ((1, "cut"), (11, "mend"), (21, "cut"), (31, "mend"))
    ]


def test_a_link_that_two_faults_cut_is_mended_when_both_are_over() -> None:
    stage = Stage()

    stage.play(at(1, cut=A_LINK, for_="50ms"), at(10, cut=A_LINK, for_="10ms"), until_ms=30)

    assert stage.is_cut(A_LINK)
    stage.world.run()
    assert not stage.is_cut(A_LINK)
    assert stage.noted() == [(1, *A_LINK, "cut", None), (51, *A_LINK, "mend", None)]


def test_every_trouble_of_a_link_is_noted_and_undone() -> None:
    stage = Stage()

    stage.play(
        at(1, clog=A_LINK, by="5ms", for_="4ms"), at(11, hold=A_LINK, for_="4ms"),
        at(21, filter=A_LINK, types=["Prepare", "Accept"], for_="4ms"),
        at(31, bandwidth=A_LINK, by="1ms", for_="4ms"),
    )  # fmt: skip

    assert [(time, deed, detail) for time, _, _, deed, detail in stage.noted()] == [
        (1, "clog", 5_000), (5, "clog", 0),
        (11, "hold", None), (15, "release", None),
        (21, "filter", ["Accept", "Prepare"]), (25, "filter", []),
        (31, "bandwidth", 1_000), (35, "bandwidth", 0),
    ]  # fmt: skip
    assert stage.network.faults.troubled() == ()


def test_healing_a_link_by_name_undoes_all_that_troubles_it() -> None:
    stage = Stage()

    stage.play(
        at(1, clog=A_LINK, by="5ms", for_="90ms"), at(2, hold=A_LINK), at(3, cut=A_LINK),
        at(4, heal=A_LINK),
    )  # fmt: skip

    assert stage.network.faults.troubled() == ()
    assert [(time, deed) for time, _, _, deed, _ in stage.noted()[3:]] == [
        (4, "mend"), (4, "clog"), (4, "release"),
    ]  # fmt: skip


def test_a_partition_cuts_what_its_groups_say_for_as_long_as_it_says() -> None:
    stage = Stage()

    stage.play(
        at(1, partition=[["leader-0", "acceptor-0"], ["leader-1", "acceptor-[12]"]], for_="20ms"),
        until_ms=10,
    )

    cut = {link.place for link in stage.network.faults.troubled()}
    assert cut == {
        pair for one, other in (
            ("leader-0", "leader-1"), ("leader-0", "acceptor-1"), ("leader-0", "acceptor-2"),
            ("leader-1", "acceptor-0"),
        ) for pair in ((one, other), (other, one))
    }  # fmt: skip
    stage.world.run()
    assert stage.network.faults.troubled() == ()
    assert [deed for *_, deed, _ in stage.noted()] == ["partition", *["cut"] * 8, *["mend"] * 8]


def test_the_primary_is_who_believed_it_of_itself_last() -> None:
    stage = Stage()
    stage.believe("leader-0", "leader-0")
    stage.believe("leader-1", "leader-0")

    deeds = stage.play(at(1, pause="primary", for_="20ms"), until_ms=10)
    stage.believe("leader-1", "leader-1")
    deeds = stage.play(at(12, crash="primary"))

    assert deeds == [
        (1, "pause", "leader-0"),
        (12, "crash", "leader-1"),
        (21, "resume", "leader-0"),
    ]


def test_without_any_belief_the_primary_is_the_highest_leader() -> None:
    assert Stage().play(at(1, crash="primary")) == [(1, "crash", "leader-1")]


def test_rot_is_found_out_by_a_crash_after_its_time() -> None:
    stage = Stage()

    deeds = stage.play(at(1, rot="acceptor-0", back=2, for_="30ms"))

    assert deeds == [
        (1, "rot", "acceptor-0", 2), (31, "crash", "acceptor-0"), (32, "restart", "acceptor-0"),
    ]  # fmt: skip
    assert stage.noted() == [(1, "acceptor-0", None, "rot", 2)]


def test_what_is_not_there_does_not_rot() -> None:
    stage = Stage()

    assert not stage.havoc.apply(fault(at(1, rot="acceptor-0", back=4, for_="30ms"), "a test"))
    assert not stage.havoc.apply(fault(at(1, rot="leader-0"), "a test"))
    assert stage.play() == [(0, "rot", "acceptor-0", 4)]
    assert stage.noted() == []


def test_a_failed_fsync_restarts_its_node_when_it_is_over() -> None:
    stage = Stage()

    stage.play(at(1, fsync_fails="acceptor-0", for_="30ms"))

    assert stage.deeds == [
        (1, "fail_next", "acceptor-0"), (31, "disarm", "acceptor-0"), (31, "restart", "acceptor-0"),
    ]  # fmt: skip


def test_a_clock_runs_again_as_it_did_before() -> None:
    stage = Stage()

    deeds = stage.play(
        at(1, rate="leader-0", to=1.05, for_="50ms"), at(10, rate="leader-0", to=0.9, for_="10ms"),
        at(100, step="leader-0", by="-50ms"),
    )  # fmt: skip

    assert deeds == [
        (1, "rate", "leader-0", 1_050_000), (10, "rate", "leader-0", 900_000),
        (20, "rate", "leader-0", 1_050_000), (51, "rate", "leader-0", 1_010_000),
        (100, "step", "leader-0", -50_000),
    ]  # fmt: skip


def test_a_slow_disk_is_slow_for_so_long() -> None:
    deeds = Stage().play(at(1, slow_disk="acceptor-*", by="5ms", for_="50ms"))

    assert deeds == [
        (time, "slow-disk", name, by_us)
        for time, by_us in ((1, 5_000), (51, 0)) for name in ROLES.acceptors
    ]  # fmt: skip


def test_healing_all_undoes_everything_and_forgets_what_was_to_come() -> None:
    stage = Stage()

    stage.play(
        at(1, storm="acceptor-1", times=9, every="20ms"), at(1, crash="leader-0", for_="90ms"),
        at(1, slow="leader-1", by="1ms"), at(1, rate="leader-1", to=2), at(2, partition="isolate"),
        at(3, hold=A_LINK), at(15, heal="all"),
    )  # fmt: skip

    late = [deed for deed in stage.deeds if deed[0] >= 15]
    assert {deed[0] for deed in late} == {15}
    assert {deed[2] for deed in late if deed[1] == "restart"} == set(ROLES.all)
    assert {deed[2] for deed in late if deed[1] == "heal"} == {*ROLES.leaders, *ROLES.acceptors}
    assert (15, "slow", "leader-1", 0) in late
    assert (15, "rate", "leader-1", 1_010_000) in late
    assert stage.network.faults.troubled() == ()
    assert stage.noted()[-1] == (15, "nemesis", None, "healed", None)
