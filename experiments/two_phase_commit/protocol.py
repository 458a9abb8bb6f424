"""`two-phase-commit`: a protocol that is not Paxos, registered when this module is imported."""

from pathlib import Path

from experiments.two_phase_commit.checks import (
    Blocks,
    CommitNeedsVotes,
    SameDecision,
    SomethingCommits,
)
from experiments.two_phase_commit.coordinator import Coordinator
from experiments.two_phase_commit.participant import Participant
from experiments.two_phase_commit.words import Began, Decided, VotedYes
from paxos_des import Scenario
from paxos_des.cluster.registry import ProtocolSpec, register

TWO_PHASE_COMMIT = ProtocolSpec(
    "two-phase-commit",
    acceptor=Participant.make,
    leader=Coordinator.make,
    checks=(SameDecision, CommitNeedsVotes, Blocks, SomethingCommits),
    usual_checks=(),
    records=(Began, VotedYes, Decided),
)
register(TWO_PHASE_COMMIT)


def coordinator_crashes() -> Scenario:
    """Return the scenario beside this file: two clients, and a crash."""
    return Scenario.load(Path(__file__).parent / "crash.toml")
