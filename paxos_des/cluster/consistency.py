"""What the keys of a scenario must have to do with each other.

Each key says alone what it allows (`keys`); here stands what one demands of others. What does not
fit is refused in one sentence.
"""

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from paxos_des.cluster import parse
from paxos_des.cluster.aims import check_fault
from paxos_des.cluster.changes import check_changes
from paxos_des.cluster.clocks import check_clocks
from paxos_des.cluster.endings import end_of, ending_of
from paxos_des.cluster.faults import Fault
from paxos_des.cluster.life_rules import check_lives
from paxos_des.names import nearest

if TYPE_CHECKING:
    from paxos_des.cluster.scenario import Scenario

_NAMES_SHOWN = 8


def check_scenario(it: "Scenario", where: str) -> None:
    """Refuse a scenario whose values contradict each other; `where` stands in front.

    Raises
    ------
    ScenarioError
        With what was found, what is allowed, and where.
    """
    _check_numbers(it, where)
    _check_leaders(it, where)
    _check_changes(it, where)
    _check_clients(it, where)
    _check_faults(it, where)
    _check_links(it, f"{where}links")
    check_clocks(it.clocks, it.node_names, f"{where}clocks")


def _check_numbers(it: "Scenario", where: str) -> None:
    parse.placed(f"{where}quorums", "quorums", lambda: it.quorum_system)
    if it.failed_acceptors > it.acceptors:
        parse.refuse(f"{where}failed_acceptors", it.failed_acceptors, f"0 to {it.acceptors}")
    if it.failed_leaders > it.leaders:
        parse.refuse(f"{where}failed_leaders", it.failed_leaders, f"0 to {it.leaders}")
    if it.values and not it.clients:
        parse.refuse(f"{where}clients", 0, f"1 or more, to ask for {it.values} values")
    for key in ("backoff", "think", "every"):
        least, most = getattr(it, f"{key}_min_us"), getattr(it, f"{key}_max_us")
        if least > most:
            allowed = f"at most {key}_max, which is {parse.as_duration(most)}"
            parse.refuse(f"{where}{key}_min", parse.as_duration(least), allowed)
    if it.pump_nothing == 1:
        parse.refuse(f"{where}pump_nothing", 1, "a number below 1, or nothing is handed over")


def _check_leaders(it: "Scenario", where: str) -> None:
    aims = ("highest", "spread", "own")
    if it.send_to not in aims:
        _require_known(f"{where}send_to", it.send_to, (*aims, *it.leader_names))
    for name in it.primary_names:
        _require_known(f"{where}primaries", name, it.leader_names)


def _check_clients(it: "Scenario", where: str) -> None:
    it.operations.check(it.replica, it.keys, where)
    think, retry = parse.as_duration(it.think_max_us), parse.as_duration(it.retry_max_us)
    if it.think_max_us and it.arrivals == "open":
        parse.refuse(f"{where}think_max", think, "0us with open arrivals: they do not wait")
    if it.think_max_us and it.in_flight == "all":
        allowed = "0us where all requests are in flight at once: nobody waits for an answer"
        parse.refuse(f"{where}think_max", think, allowed)
    if 0 < it.retry_max_us < it.retry_after_us:
        least = parse.as_duration(it.retry_after_us)
        parse.refuse(f"{where}retry_max", retry, f"0us, or from retry_after, which is {least}")


def _check_changes(it: "Scenario", where: str) -> None:
    check_changes(it.changes, it.member_names, it.acceptor_names, f"{where}changes")
    if it.changes and it.reconfigure_after == "never":
        allowed = "a number of slots, where acceptors change"
        parse.refuse(f"{where}reconfigure_after", "never", allowed)
    if it.reconfigure_after != "never" and it.quorums.kind != "majority":
        allowed = "majority, where acceptors change"
        parse.refuse(f"{where}quorums", str(it.quorums), allowed)
    if it.reads == "lease" and (it.phase1 != "stable" or it.replica == "none"):
        allowed = "log, without phase1 = 'stable' and a replica"
        parse.refuse(f"{where}reads", "lease", allowed)
    if it.snapshot_every != "never" and it.replica == "none":
        parse.refuse(f"{where}snapshot_every", it.snapshot_every, "never, without a replica")


def _check_faults(it: "Scenario", where: str) -> None:
    for fault in it.faults:
        check_fault(fault, it.roles, f"{where}faults")
    check_lives(it.lives, it.roles, f"{where}lives")
    if it.nemesis is not None and it.nemesis.until_us >= it.horizon_us:
        until, horizon = map(parse.as_duration, (it.nemesis.until_us, it.horizon_us))
        allowed = f"a time before the horizon, {horizon}, or it never heals"
        parse.refuse(f"{where}nemesis, until", until, allowed)
    is_judged = it.nemesis is None or it.nemesis.bounded != "no"
    if it.live_within_us is not None and is_judged:
        _check_ending(it, where)
        _check_bound(it, where, it.live_within_us)


def _check_ending(it: "Scenario", where: str) -> None:
    """Refuse to ask for liveness where what befalls the cluster never lets it come."""
    failed = it.leader_names[: it.failed_leaders]
    failed += it.acceptor_names[: it.failed_acceptors]
    healed = () if it.nemesis is None else (Fault(it.nemesis.until_us, "heal-all"),)
    ending = ending_of((*healed, *it.faults), it.roles, failed)
    if not ending.has_quorum(it.leader_names, it.member_names, it.quorum_system):
        last = ending.faults[-1]
        allowed = "a `for`, or healing, that leaves some leader a quorum, as live_within is set"
        parse.refuse(f"{where}faults", str(last), allowed)


def _check_bound(it: "Scenario", where: str, within_us: int) -> None:
    """Refuse to ask for liveness within a time that is not over when the run is."""
    healed_us = 0 if it.nemesis is None else it.nemesis.until_us
    ends_us = [rule.end_us for rule in it.lives]
    if None in ends_us:
        allowed = "a time: live_within is set, and lives would go on ending"
        parse.refuse_lack(f"{where}lives, until", allowed)
    lives_us = [end_us for end_us in ends_us if end_us is not None]
    least_us = max(healed_us, 0, *map(end_of, it.faults), *lives_us) + within_us
    if it.horizon_us < least_us:
        horizon, least = map(parse.as_duration, (it.horizon_us, least_us))
        allowed = f"{least} or later: live_within after the last fault is over"
        parse.refuse(f"{where}horizon", horizon, allowed)


def _check_links(it: "Scenario", where: str) -> None:
    for rule in it.links:
        for pattern in (rule.source, rule.target):
            if not any(fnmatchcase(name, pattern) for name in it.node_names):
                parse.refuse(where, pattern, "a pattern that matches some node")


def _require_known(where: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        some = ", ".join(known[:_NAMES_SHOWN]) + (", …" if len(known) > _NAMES_SHOWN else "")
        parse.refuse(where, name, f"one of {some}", nearest(name, known))
