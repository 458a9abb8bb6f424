"""What all runs of a scenario share: made once, from the scenario alone, and never changed."""

from dataclasses import replace
from typing import NamedTuple

from paxos_des.cluster.aims import Roles
from paxos_des.cluster.bound import Assumptions
from paxos_des.cluster.changes import asked_for
from paxos_des.cluster.fault_model import FaultModel
from paxos_des.cluster.faults import TRUE_RATE_PPM
from paxos_des.cluster.registry import protocol_named
from paxos_des.cluster.scenario import Scenario
from paxos_des.cluster.workload import habits_of
from paxos_des.engine.links import NetworkPlan
from paxos_des.names import NodeId, index_of
from paxos_des.protocol.habits import Habits
from paxos_des.protocol.role import Settings

_SHARED = "what all runs share"


class Shared(NamedTuple):
    """What all runs of a scenario share.

    Attributes
    ----------
    roles
        Who plays what, and who has links to whom.
    habits
        How all clients ask.
    told
        Whom a leader takes for the primary at first that is not told to be one itself.
    """

    roles: Roles
    plan: NetworkPlan
    settings: Settings
    habits: Habits
    told: NodeId | None


def shared_of(scenario: Scenario) -> Shared:
    """Return what all runs of a scenario share, made once: half of a short run is set-up.

    It lies in the scenario's own dictionary, as its cached properties do: a cache of ours would
    have to hash the whole scenario at each run.
    """
    shared: Shared | None = scenario.__dict__.get(_SHARED)
    if shared is None:
        settings = settings_of(scenario)
        roles = roles_of(scenario)
        shared = scenario.__dict__[_SHARED] = Shared(
            roles,
            _plan(scenario, roles),
            settings,
            habits_of(scenario, settings, is_durable=scenario.has_disks),
            max(scenario.primary_names, key=index_of, default=None),
        )
    return shared


def roles_of(scenario: Scenario) -> Roles:
    """Return who plays what, and who has links to whom: that is the protocol's to say, which need
    not be registered when a scenario is made.
    """
    return replace(scenario.roles, acceptors_talk=protocol_named(scenario.protocol).acceptors_talk)


def settings_of(scenario: Scenario) -> Settings:
    """Return what the roles are told of their scenario."""
    return Settings(
        leaders=scenario.leader_names,
        acceptors=scenario.member_names,
        quorums=scenario.quorum_system,
        phase1=scenario.phase1,
        window=scenario.window,
        slots=None if scenario.slots == "unbounded" else scenario.slots,
        resend_after_us=scenario.resend_after_us,
        backoff_us_min=scenario.backoff_min_us,
        backoff_us_max=scenario.backoff_max_us,
        fill_after_us=scenario.fill_after_us,
        retry_after_us=scenario.retry_after_us,
        heartbeat_every_us=scenario.heartbeat_every_us,
        heartbeat_timeout_us=scenario.heartbeat_timeout_us,
        replica=scenario.replica,
        session_window=None if scenario.in_flight == "all" else scenario.in_flight,
        reads=scenario.reads,
        may_crash=scenario.has_disks,
        heartbeats=scenario.heartbeats,
        lease_us=scenario.lease_us,
        lease_drift=scenario.lease_drift,
        snapshot_every=None if scenario.snapshot_every == "never" else scenario.snapshot_every,
        catch_up_every_us=scenario.catch_up_every_us,
        catch_up_batch=scenario.catch_up_batch,
        lost_after_us=scenario.lost_after_us,
        spares=tuple(name for name in scenario.acceptor_names if name not in scenario.member_names),
        reconfigure_after=(
            None if scenario.reconfigure_after == "never" else scenario.reconfigure_after
        ),
    )


def assumptions_of(scenario: Scenario, model: FaultModel) -> Assumptions:
    """Return what the nemesis's bound has to know: clocks matter where there are leases."""
    sets = [scenario.member_names]
    for _, change, before in asked_for(scenario.changes, scenario.member_names):
        sets.append(change.of(before))
    drift_ppm = round(scenario.lease_drift * TRUE_RATE_PPM)
    return Assumptions(
        roles_of(scenario),
        tuple((members, scenario.quorums.system(len(members))) for members in sets),
        model.until_us,
        drift_ppm if scenario.reads == "lease" else None,
        scenario.acceptor_names[: scenario.failed_acceptors],
    )


def _plan(scenario: Scenario, roles: Roles) -> NetworkPlan:
    """Prepare the links of a scenario for all its runs."""
    leaders, acceptors, clients = roles.leaders, roles.acceptors, roles.clients
    pairs = [
        *((a, b) for a in leaders for b in leaders if a != b),
        *((a, b) for one in leaders for other in (*acceptors, *clients)
          for a, b in ((one, other), (other, one))),
    ]  # fmt: skip
    if roles.acceptors_talk == "to-each-other":
        pairs += [(a, b) for a in acceptors for b in acceptors if a != b]
    return NetworkPlan((*pair, scenario.link_model(*pair)) for pair in pairs)
