"""Each metric says what its definition says of the saved trace: counted again here, from the trace
alone, in another way.
"""

from functools import cache
from statistics import mean
from typing import Any

import pytest
from measured import Story

from paxos_des import Scenario
from paxos_des.study.columns import Cell

CRASHES = Scenario.named("crashes")
SCENARIOS = {
    "2009": Scenario.named("2009").replace(values=40),
    "2009-adversarial": Scenario.named("2009-adversarial").replace(values=30),
    "wan": Scenario.named("wan").replace(values=30),
    "lossy": Scenario.named("lossy"),
    "crashes": CRASHES,
    "partitions": Scenario.named("partitions"),
    # Whose acceptors do not change: whose votes count is told in one line then.
    "everything": Scenario.named("everything").replace(
        changes=[], spares=0, reconfigure_after="never", reads="log"
    ),
    "cut short": Scenario.from_dict(
        {key: value for key, value in CRASHES.to_dict().items() if key != "live_within"}
        | {"horizon": "1600ms", "values": 600, "stop_when": "horizon"},
        where="cut short",
    ),
    "a leader that fails": Scenario.named("lossy").replace(
        failed_acceptors=1,
        faults=[
            {"at": "180ms", "fail": "primary", "for": "500ms"},
            {"at": "300ms", "pause": "leader-0", "for": "200ms"},
            {"at": "350ms", "fail": "acceptor-*", "for": "90ms"},
            {"at": "800ms", "heal": "acceptor-0"},
        ],
        values=120,
    ),
}
PLAIN = {"warm_up_us": 0, "deadline_us": 10_000_000, "window_us": 100_000}
FINE = {"warm_up_us": 170_000, "deadline_us": 60_000, "window_us": 20_000}

_story = cache(lambda name, is_fine, seed: Story(SCENARIOS[name], FINE if is_fine else PLAIN, seed))


@pytest.fixture(
    params=[
        *((name, False, 0) for name in SCENARIOS),
        *((name, True, 1) for name in ("lossy", "crashes", "cut short", "a leader that fails")),
    ],
    ids=lambda it: f"{it[0]}{' fine' if it[1] else ''}",
)
def story(request: pytest.FixtureRequest) -> Story:
    found: Story = _story(*request.param)
    return found


def _rank(times_us: list[int], share: float) -> int:
    """Return the least time that so large a share of the times do not exceed."""
    return min(
        one for one in times_us if sum(it <= one for it in times_us) >= share * len(times_us)
    )


def _assert_quantiles(cells: dict[str, Cell], prefix: str, times_us: list[int]) -> None:
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
    assert times_us, "a test without any proves nothing"
    assert cells[f"{prefix}_mean_us"] == pytest.approx(mean(times_us))
    for name, share in shares.items():
        assert cells[f"{prefix}_{name}_us"] == _rank(times_us, share)


def test_requests_are_completed_if_answered_by_their_deadline(story: Story) -> None:
    asked_us, answered_us = story.asked_us, story.answered_us
    is_all = len(answered_us) == story.scenario.requests
    last_us = story.end_us - (0 if is_all else story.deadline_us)
    counted = [one for one, at_us in asked_us.items() if story.warm_up_us <= at_us <= last_us]
    in_time = [
        one for one in counted
        if one in answered_us and answered_us[one] <= asked_us[one] + story.deadline_us
    ]  # fmt: skip

    cells = story.cells
    assert (cells["requests"], cells["completed"]) == (len(counted), len(in_time))
    assert cells["completed_share"] == (len(in_time) / len(counted) if counted else None)
    assert cells["all_completed"] == (int(in_time == counted) if counted else None)


def test_times_to_the_answer_are_those_of_the_trace(story: Story) -> None:
    asked_us = story.asked_us
    times_us = [
        at_us - asked_us[one] for one, at_us in story.answered_us.items()
        if asked_us[one] >= story.warm_up_us
    ]  # fmt: skip

    assert story.cells["reply_us"] == tuple(times_us)
    _assert_quantiles(story.cells, "reply", times_us)


def test_a_command_is_chosen_by_the_vote_that_completes_a_quorum(story: Story) -> None:
    asked_us = story.asked_us
    times_us = [
        at_us - asked_us[one] for one, (_, at_us) in story.chosen.items()
        if asked_us[one] >= story.warm_up_us
    ]  # fmt: skip

    assert story.cells["first_value_us"] == min(at_us for _, at_us in story.chosen.values())
    _assert_quantiles(story.cells, "choose", times_us)


def test_a_window_is_available_if_a_command_is_chosen_in_it(story: Story) -> None:
    starts = range(story.warm_up_us, story.until_us - story.window_us + 1, story.window_us)
    chosen_us = [at_us for _, at_us in story.chosen.values()]
    busy = [
        start for start in starts
        if any(start <= at_us < start + story.window_us for at_us in chosen_us)
    ]  # fmt: skip

    assert story.cells["windows"] == len(starts)
    assert story.cells["available_share"] == (len(busy) / len(starts) if starts else None)


def test_a_quorum_is_up_between_what_befalls_acceptors(story: Story) -> None:
    edges = [
        (story.warm_up_us, -1), (story.end_us, -1), *((e["at_us"], e["n"]) for e in story.faults)
    ]  # fmt: skip
    quorums, up_us, since_us, n = story.scenario.quorum_system, 0, story.warm_up_us, -1
    for at_us, after in sorted(edges, key=lambda edge: (edge[0], edge[1])):
        up = [name for name in story.scenario.member_names if story.is_up(name, n)]
        if at_us > since_us:
            is_up = quorums.is_phase1(up) and quorums.is_phase2(up)
            up_us += (at_us - since_us) * is_up
            since_us = at_us
        n = max(n, after)

    whole_us = story.end_us - story.warm_up_us
    assert story.cells["quorum_up_share"] == pytest.approx(up_us / whole_us)


def test_downtime_lasts_until_a_command_is_chosen_at_a_new_request(story: Story) -> None:
    losses = [
        entry for entry in story.only("fail", "pause", "crash")
        if story.primaries(entry["n"])[:1] == [entry["node"]]
        and story.warm_up_us <= entry["at_us"] < story.until_us
    ]  # fmt: skip
    asked = [entry["n"] for entry in story.sent("Accept") if story.is_up(entry["node"], entry["n"])]
    chosen = sorted(story.chosen.values())
    lengths_us, began_us = [], None
    for loss, following in zip(losses, [*losses, None][1:], strict=True):
        began_us = loss["at_us"] if began_us is None else began_us
        again = min((n for n in asked if n > loss["n"]), default=None)
        ends = [it for it in chosen if again is not None and it[0] > again]
        if following is not None and (not ends or following["n"] < ends[0][0]):
            continue  # it goes on with the next loss
        lengths_us.append(min([story.until_us, *(at_us for _, at_us in ends[:1])]) - began_us)
        began_us = None

    assert story.cells["primary_losses"] == len(losses)
    assert story.cells["downtime_mean_us"] == (mean(lengths_us) if losses else None)
    assert story.cells["downtime_max_us"] == (max(lengths_us) if losses else None)


def test_messages_are_counted_per_command_chosen(story: Story) -> None:
    kinds = ("Prepare", "Promise", "Accept", "Accepted", "Nack")
    messages = sum(len(story.sent(kind)) for kind in kinds)

    assert story.cells["messages"] == messages
    assert story.cells["messages_per_value"] == messages / len(story.chosen)


def test_an_election_is_false_if_who_was_suspected_led(story: Story) -> None:
    elections, false = 0, 0
    for entry in story.only("primary"):
        if entry["primary"] != entry["node"] or entry["at_us"] < max(1, story.warm_up_us):
            continue
        elections += 1
        suspected = story.beliefs(entry["n"]).get(entry["node"])
        leading = set(story.primaries(entry["n"])) - {entry["node"]}
        if suspected is None:
            old_us = entry["at_us"] - story.scenario.heartbeat_timeout_us
            begun = [it for it in story.only("primary") if it["n"] < entry["n"]]
            false += any(
                max(it["at_us"] for it in begun if it["node"] == it["primary"] == one) <= old_us
                for one in leading
            )
        else:
            false += suspected in leading

    assert (story.cells["elections"], story.cells["false_elections"]) == (elections, false)


def test_a_ballot_loses_a_duel_once(story: Story) -> None:
    lost = set()
    for entry in story.sent("Nack"):
        ballot, promised = entry["message"]["ballot"], entry["message"]["promised"]
        both = {f"leader-{ballot[1]}", f"leader-{promised[1]}"}
        if (
            len(both) == 2
            and entry["at_us"] >= story.warm_up_us
            and both <= set(story.primaries(entry["n"]))
        ):
            lost.add(tuple(ballot))

    assert story.cells["duels"] == len(lost)


def test_a_leader_has_caught_up_when_it_knows_what_was_chosen_by_its_return(story: Story) -> None:
    times_us = []
    chosen = [(n, slot) for n, _, slot, _ in story.choices]
    learning = story.only("learn", "snapshot", "install")
    for back in story.only("heal", "resume", "restart"):
        node, now = back["node"], back["n"]
        if (
            node not in story.scenario.leader_names
            or back["at_us"] < story.warm_up_us
            or not story.is_up(node, now)
            or story.is_up(node, now - 1)
        ):
            continue
        crashes = [e["n"] for e in story.only("crash") if e["node"] == node and e["n"] < now]
        gone = [
            e["n"] for e in story.only("crash", "fail", "pause")
            if e["node"] == node and e["n"] > now
        ]  # fmt: skip
        missing = {slot for n, slot in chosen if n < now}
        caught_up_us = back["at_us"] if not missing else None
        for entry in (e for e in learning if e["node"] == node and e["n"] > max([-1, *crashes])):
            if entry["event"] == "learn":
                missing.discard(entry["slot"])
            else:
                missing = {slot for slot in missing if slot >= entry["slot"]}
            if not missing:
                if entry["n"] < min([len(story.entries), *gone]):
                    caught_up_us = max(entry["at_us"], back["at_us"])
                break
        if caught_up_us is not None:
            times_us.append(caught_up_us - back["at_us"])
        elif not gone:
            times_us.append(story.end_us - back["at_us"])

    assert story.cells["catch_ups"] == len(times_us)
    assert story.cells["catch_up_mean_us"] == (mean(times_us) if times_us else None)
    assert story.cells["catch_up_max_us"] == (max(times_us) if times_us else None)


def test_phase_2_is_measured_where_its_votes_are_counted(story: Story) -> None:
    first_us: dict[tuple[Any, ...], int] = {}
    for entry in story.sent("Accept"):
        message = entry["message"]
        key = (entry["node"], message["slot"], *message["ballot"])
        first_us.setdefault(key, entry["at_us"])
    times_us = []
    for entry in story.only("learn"):
        asked_us = first_us.get((entry["node"], entry["slot"], *entry.get("ballot", ())), -1)
        if asked_us >= story.warm_up_us:
            times_us.append(entry["at_us"] - asked_us)

    assert story.cells["phase2_count"] == len(times_us)
    assert story.cells["phase2_mean_us"] == pytest.approx(mean(times_us))


def test_the_end_is_when_the_run_ended(story: Story) -> None:
    assert story.cells["simulated_us"] == story.end_us


def test_the_stories_tell_of_everything() -> None:
    """A count of what never happens proves nothing."""
    stories = [_story(name, False, 0) for name in SCENARIOS]

    for column in (
        "primary_losses",
        "false_elections",
        "duels",
        "catch_up_max_us",
        "downtime_max_us",
    ):
        assert any(one.cells[column] for one in stories), column
    assert any(one.cells["quorum_up_share"] < 1 for one in stories)
    assert any(0 < one.cells["completed_share"] < 1 for one in stories)
