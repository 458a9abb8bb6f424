"""The program of 2009 with all of its mistakes: as its author showed it, and where it fails."""

from collections.abc import Mapping

from paxos_des.museum.exhibit import Exhibit
from paxos_des.museum.naive_2009.acceptor_mistakes import NaiveAcceptor
from paxos_des.museum.naive_2009.leader_mistakes import NaiveLeader
from paxos_des.museum.naive_2009.program import naive


def beside_their_leaders(duplicate: float = 0) -> list[Mapping[str, object]]:
    """Return the links of clients that stand beside their leaders; these may hear them twice."""
    beside = {"delay": "0us", "drop": 0}
    return [
        {"from": "client-*", "to": "*", **beside, "duplicate": duplicate},
        {"from": "*", "to": "client-*", **beside, "duplicate": 0},
    ]


TWO_CLIENTS: Mapping[str, object] = {"clients": 2}
"""In the pool each client asks for two values at most, and a gap that is filled takes three."""
ONE: Mapping[str, object] = {
    "leaders": 1,
    "send_to": "leader-0",
    "values": 3,
    "heartbeats": "off",
    "links": beside_their_leaders(),
}
"""The demonstration with one leader, and three values: the middle one leaves a gap that it fills.
"""

DEMONSTRATION = Exhibit(
    protocol=naive("naive-2009"),
    mutation=NaiveLeader,
    says="the program of 2009, all of its mistakes in it: as demonstrated, it does well",
    check="agreement",
    group="naive-2009",
    source="the 2009 program",
    story=(
        "A demonstration on one machine, where nothing is late and nothing gets lost, shows no "
        "bug. Where messages and timers may come at any time, the very same program disagrees."
    ),
    based_on="2009",
    settings=TWO_CLIENTS,
)
ADVERSARIAL = Exhibit(
    protocol=naive("naive-2009-adversarial"),
    mutation=NaiveAcceptor,
    says="the program of 2009, both leaders proposing, under its own adversarial message pump",
    check="agreement",
    group="naive-2009",
    source="the 2009 program: 30 of 99 instances that both leaders reported disagreed",
    story=(
        "Both leaders take themselves for the primary, and their proposals meet in each instance. "
        "Acceptors agree to everything, and the last agree alone says what the others voted for."
    ),
    based_on="2009-adversarial",
    settings={"horizon": "60s"},
    within=1,
)
ONE_LEADER = Exhibit(
    protocol=naive("naive-2009-one-leader"),
    mutation=NaiveLeader,
    says="the program of 2009 with one leader, and no fault but that a message takes 20 seconds",
    check="agreement",
    group="naive-2009",
    source="the 2009 program",
    story=(
        "An Accept is late by more than fifteen seconds, and the gap filler proposes a filler in "
        "its place. That gets through; then the Accept arrives after all, and overwrites it."
    ),
    based_on="2009",
    settings={**ONE, "delay": "bimodal 1ms 20s 0.1"},
    within=20,
    not_pooled="a gap that is filled takes three values, and there a client asks for two",
)
