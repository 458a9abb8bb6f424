"""The museum: published bugs of the Paxos family, each a small mutation of the right role.

Importing it registers every exhibit as a protocol of its name; the right protocol never knows.
"""

from paxos_des.museum.accept_against_last_vote import ACCEPT_AGAINST_LAST_VOTE
from paxos_des.museum.accept_below_promise import ACCEPT_BELOW_PROMISE
from paxos_des.museum.counts_promises_not_acceptors import COUNTS_PROMISES_NOT_ACCEPTORS
from paxos_des.museum.counts_votes_not_acceptors import COUNTS_VOTES_NOT_ACCEPTORS
from paxos_des.museum.exhibit import Exhibit, register_all
from paxos_des.museum.flexible_sum_n import FLEXIBLE_SUM_N
from paxos_des.museum.half_of_four import HALF_OF_FOUR
from paxos_des.museum.last_promise_only import LAST_PROMISE_ONLY
from paxos_des.museum.own_value import OWN_VALUE
from paxos_des.museum.promise_any import PROMISE_ANY
from paxos_des.museum.promise_compares_leader_first import PROMISE_COMPARES_LEADER_FIRST

EXHIBITS: dict[str, Exhibit] = register_all(
    (
        # acceptors
        ACCEPT_BELOW_PROMISE,
        ACCEPT_AGAINST_LAST_VOTE,
        PROMISE_ANY,
        PROMISE_COMPARES_LEADER_FIRST,
        # leaders
        OWN_VALUE,
        LAST_PROMISE_ONLY,
        COUNTS_PROMISES_NOT_ACCEPTORS,
        # learners
        COUNTS_VOTES_NOT_ACCEPTORS,
        # quorums
        HALF_OF_FOUR,
        FLEXIBLE_SUM_N,
    )
)
