"""naive-2009: the program of 2009 with all of its mistakes, as its author showed it.

On loopback all is well: 19 messages per value, and both leaders end with the same history.
"""

from paxos_des.museum.exhibit import Exhibit
from paxos_des.museum.naive_2009.program import naive

BESIDE_THEIR_LEADERS = [
    {"from": "client-*", "to": "*", "delay": "0us", "drop": 0, "duplicate": 0},
    {"from": "*", "to": "client-*", "delay": "0us", "drop": 0, "duplicate": 0},
]

DEMONSTRATION = Exhibit(
    protocol=naive("naive-2009"),
    mutation=naive,
    check="agreement",
    group="naive-2009",
    source="the 2009 program",
    story=(
        "A demonstration on one machine, where nothing is late and nothing gets lost, shows no bug. "
        "In the pool, where anything may come late, the same thousand proposals disagree soon."
    ),
    based_on="2009",
)
ADVERSARIAL = Exhibit(
    protocol=naive("naive-2009-adversarial"),
    mutation=naive,
    check="agreement",
    group="naive-2009",
    source="the 2009 program, under its adversarial message pump: 30 of 99 instances disagreed",
    story=(
        "Both leaders take themselves for the primary, and their proposals meet in each instance. "
        "Acceptors agree to everything, and the last agree alone says what the others have voted."
    ),
    based_on="2009-adversarial",
    settings={"horizon": "60s"},
    within=1,
)
ONE_LEADER = Exhibit(
    protocol=naive("naive-2009-one-leader"),
    mutation=naive,
    check="agreement",
    group="naive-2009",
    source="the 2009 program, with one leader, no loss and no crash",
    story=(
        "An Accept is late by more than fifteen seconds, and the gap filler proposes a filler there. "
        "It gets that through, then the Accept arrives after all and the value takes its place."
    ),
    based_on="2009",
    settings={
        "leaders": 1,
        "send_to": "leader-0",
        "values": 3,
        "heartbeats": "off",
        "delay": "bimodal 1ms 20s 0.1",
        "links": BESIDE_THEIR_LEADERS,
    },
    within=20,
)
