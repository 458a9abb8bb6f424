"""`hosted-paxos`: PyPI's `paxos` 0.1, registered as a protocol when this module is imported."""

from pathlib import Path

from experiments.hosted_paxos.roles import HostedAcceptor, HostedLeader
from paxos_des import Scenario
from paxos_des.cluster.registry import ProtocolSpec, register
from paxos_des.museum.naive_2009.client import Client2009

HOSTED_PAXOS = ProtocolSpec(
    "hosted-paxos",
    acceptor=HostedAcceptor,
    leader=HostedLeader.make,
    client=Client2009,  # asks once, and hears nothing: a request twice would be proposed twice
)
register(HOSTED_PAXOS)


def three_proposers() -> Scenario:
    """Return the scenario beside this file: three proposers that want the same instance."""
    return Scenario.load(Path(__file__).parent / "three-proposers.toml")
