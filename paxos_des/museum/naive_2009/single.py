"""The program of 2009 with one mistake at a time: those that some check sees alone."""

from typing import Any

from paxos_des.museum.exhibit import ROUGH, Exhibit
from paxos_des.museum.naive_2009 import leader_mistakes as of_leaders
from paxos_des.museum.naive_2009.checks import LearnedInTime
from paxos_des.museum.naive_2009.demonstrations import ONE, beside_their_leaders
from paxos_des.museum.naive_2009.program import ACCEPTOR_MISTAKES, LEADER_MISTAKES, MISTAKES, naive

LATE: dict[str, object] = {
    "acceptors": 5,
    "slots": "unbounded",
    "drop": 0,
    "duplicate": 0,
    "delay": "bimodal 1ms 20ms 0.3",
}
"""A duel in which nothing is lost, and messages overtake one another."""
PATIENT: dict[str, object] = {"horizon": "130s"}
NO_TIME = "no time is too long in the pool"


def _line(sentence: str) -> str:
    """Return a sentence as the lines of the list are written."""
    return sentence[0].lower() + sentence[1:].removesuffix(".")


def _alone(mistake: str, **keys: Any) -> Exhibit:  # noqa: ANN401 - as an exhibit has them
    """Return an exhibit of one mistake."""
    name = f"naive-2009-{mistake}"
    protocol = naive(name, (mistake,))
    if keys["check"] == LearnedInTime.name:
        protocol = protocol.but(name, checks=(*protocol.checks, LearnedInTime))
    return Exhibit(
        protocol=protocol,
        mutation={**ACCEPTOR_MISTAKES, **LEADER_MISTAKES}[mistake],
        says=_line(MISTAKES[mistake]),
        group="naive-2009",
        source="the 2009 program",
        **keys,
    )


COMPARES_COUNT_WITH_PORT = _alone(
    "compares-count-with-port",
    check="promises",
    story=(
        "Ports are in the tens of thousands and counts are small, so the comparison always holds. "
        "It looks right in every test, since an acceptor that agrees is what tests wait for."
    ),
    within=10,
)
REPORTS_SEEN_ID = _alone(
    "reports-seen-id",
    check="reported-votes",
    story=(
        "One variable holds the highest proposal id of an instance, promised or voted for. "
        "A vote in an old ballot is then reported as one in the newest, and outdoes a higher vote."
    ),
    within=50,
)
VOTES_BELOW_PROMISE = _alone(
    "votes-below-promise",
    check="agreement",
    story=(
        "What was agreed to stands in a dictionary, and an accept is looked up there. "
        "That a higher proposal was agreed to since is written elsewhere, where nobody looks."
    ),
    within=60,
)
DIES_OF_DUPLICATES = _alone(
    "dies-of-duplicates",
    check="pumps-run",
    story=(
        "An unexpected message raises an exception, and the thread that handles messages ends. "
        "The process goes on, its port is open, and it never answers again."
    ),
    within=20,
)
LAST_AGREE_ONLY = _alone(
    "last-agree-only",
    check="chosen-once",
    story=(
        "The agree that completes the quorum is at hand, so it is asked what its sender voted for. "
        "The agrees before it have been counted, and what they said is gone."
    ),
    settings=LATE,
    within=100,
)
COUNTS_AGREES = _alone(
    "counts-agrees",
    check="chosen-once",
    story=(
        "A counter is simpler than a set of names, and as long as no message comes twice it will "
        "do. The first network that repeats one makes a quorum of a single acceptor."
    ),
    settings=ROUGH,
    within=150,
)
COUNTS_ACCEPTEDS = _alone(
    "counts-accepteds",
    check="learned-chosen",
    story=(
        "Votes are counted as they come, and nobody asks whose they are. "
        "When the network repeats one, a leader takes for decided what one acceptor voted for."
    ),
    settings=ROUGH,
    within=50,
)
PROPOSES_REPEATS = _alone(
    "proposes-repeats",
    check="one-slot-each",
    story=(
        "A proposal carries a value and no name, so two of the same value are two proposals. "
        "Whoever sends again what may have been lost has it done twice."
    ),
    based_on="2009",
    settings={**ONE, "links": beside_their_leaders(duplicate=0.5)},
    within=10,
)
RETRIES_ELSEWHERE = _alone(
    "retries-elsewhere",
    check="one-slot-each",
    story=(
        "A refused proposal is made again where nobody is in the way, in the next instance. "
        "What was voted for before the refusal may be adopted there by another leader."
    ),
    settings=LATE,
    within=100,
)
LOSES_OWN_VALUE = _alone(
    "loses-own-value",
    check="learned-in-time",
    story=(
        "A leader that finds another value voted for proposes that, as it must. "
        "Its own was in the same variable, and whoever asked for it waits."
    ),
    settings={**LATE, **PATIENT},
    within=2,
    not_pooled=NO_TIME,
)
FILLS_UNDER_WAY = _alone(
    "fills-under-way",
    check="learned-in-time",
    story=(
        "An instance without a value looks like a gap, also where a proposal is only slow. "
        "The filler takes the place of the value, which nobody proposes again."
    ),
    based_on="2009",
    settings={**ONE, **PATIENT, "delay": "bimodal 1ms 20s 0.05"},
    within=5,
    not_pooled=NO_TIME,
)
FORGETS_AND_GOES_DEAF = Exhibit(
    protocol=naive("naive-2009-forgets-and-goes-deaf", ("forgets-accepted", "deaf-on-unknown")),
    mutation=of_leaders.DeafOnUnknown,
    says="a leader forgets what is accepted, and goes deaf when a late answer to it comes",
    check="pumps-run",
    group="naive-2009",
    source="the 2009 program",
    story=(
        "Housekeeping takes finished work out of a dictionary, and a handler looks it up there. "
        "The answer of the slowest acceptor, which no quorum waited for, ends the thread."
    ),
    based_on="2009",
    settings={**ONE, "failed_acceptors": 0, "delay": "bimodal 1ms 20s 0.1"},
    within=20,
)
