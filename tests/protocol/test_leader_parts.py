"""A leader's parts may be exchanged, where something would come of it."""

import pytest
from roles import ACCEPTORS, LEADERS, a_leader

from paxos_des.errors import ScenarioError
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.learner import Learner
from paxos_des.protocol.quorum import Majority
from paxos_des.protocol.role import Settings


class Own(Learner):
    """A learner of somebody's own."""


def settings(reconfigure_after: int | None) -> Settings:
    made = a_leader().campaign.settings
    parts = {name: getattr(made, name) for name in made.__slots__}
    return Settings(**{**parts, "reconfigure_after": reconfigure_after})


def test_a_learner_of_ones_own_is_refused_where_acceptors_change() -> None:
    """It would not be asked, and whatever is wrong with it would not show."""
    assert settings(None).quorums == Majority(len(ACCEPTORS))
    kept = Leader.make(Leadership(LEADERS[0]), settings(None), None, learner=Own)
    assert isinstance(kept.learner, Own)

    with pytest.raises(ScenarioError, match="found a learner of its own"):
        Leader.make(Leadership(LEADERS[0]), settings(10), None, learner=Own)
