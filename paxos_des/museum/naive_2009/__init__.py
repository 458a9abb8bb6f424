"""naive-2009: the program of 2009 with its mistakes."""

from paxos_des.museum.naive_2009.demonstrations import ADVERSARIAL, DEMONSTRATION, ONE_LEADER
from paxos_des.museum.naive_2009.program import MISTAKES, naive, with_mistakes
from paxos_des.museum.naive_2009.single import (
    COMPARES_COUNT_WITH_PORT,
    COUNTS_ACCEPTEDS,
    COUNTS_AGREES,
    DIES_OF_DUPLICATES,
    FORGETS_AND_GOES_DEAF,
    LAST_AGREE_ONLY,
    PROPOSES_REPEATS,
    REPORTS_SEEN_ID,
    RETRIES_ELSEWHERE,
    VOTES_BELOW_PROMISE,
)

__all__ = [
    "ADVERSARIAL", "COMPARES_COUNT_WITH_PORT", "COUNTS_ACCEPTEDS", "COUNTS_AGREES",
    "DEMONSTRATION", "DIES_OF_DUPLICATES", "FORGETS_AND_GOES_DEAF", "LAST_AGREE_ONLY",
    "MISTAKES", "ONE_LEADER", "PROPOSES_REPEATS", "REPORTS_SEEN_ID", "RETRIES_ELSEWHERE",
    "VOTES_BELOW_PROMISE", "naive", "with_mistakes",
]  # fmt: skip
