"""The museum: published bugs of the Paxos family, each a small mutation of the right role.

Importing it registers every exhibit as a protocol of its name; the right protocol never knows.
"""

from paxos_des.errors import InputError, shorten
from paxos_des.museum.accept_against_last_vote import ACCEPT_AGAINST_LAST_VOTE
from paxos_des.museum.accept_below_promise import ACCEPT_BELOW_PROMISE
from paxos_des.museum.accept_keeps_promise import ACCEPT_KEEPS_PROMISE
from paxos_des.museum.answers_before_fsync import ANSWERS_BEFORE_FSYNC
from paxos_des.museum.ballot_reuse import BALLOT_REUSE
from paxos_des.museum.counts_promises_not_acceptors import COUNTS_PROMISES_NOT_ACCEPTORS
from paxos_des.museum.counts_votes_not_acceptors import COUNTS_VOTES_NOT_ACCEPTORS
from paxos_des.museum.dies_of_duplicates import DIES_OF_DUPLICATES
from paxos_des.museum.exhibit import Exhibit, register_all
from paxos_des.museum.first_report import FIRST_REPORT
from paxos_des.museum.flexible_sum_n import FLEXIBLE_SUM_N
from paxos_des.museum.forgets_after_chosen import FORGETS_AFTER_CHOSEN
from paxos_des.museum.half_of_four import HALF_OF_FOUR
from paxos_des.museum.highest_by_leader import HIGHEST_BY_LEADER
from paxos_des.museum.ignores_promised_log import IGNORES_PROMISED_LOG
from paxos_des.museum.last_promise_only import LAST_PROMISE_ONLY
from paxos_des.museum.lease_without_drift import LEASE_WITHOUT_DRIFT
from paxos_des.museum.mixed_ballot_promises import MIXED_BALLOT_PROMISES
from paxos_des.museum.nack_as_promise import NACK_AS_PROMISE
from paxos_des.museum.noop_without_phase_1 import NOOP_WITHOUT_PHASE_1
from paxos_des.museum.own_value import OWN_VALUE
from paxos_des.museum.promise_any import PROMISE_ANY
from paxos_des.museum.promise_compares_leader_first import PROMISE_COMPARES_LEADER_FIRST
from paxos_des.museum.python_3_division import PYTHON_3_DIVISION
from paxos_des.museum.refusal_unanswered import REFUSAL_UNANSWERED
from paxos_des.museum.reports_promised_ballot import REPORTS_PROMISED_BALLOT
from paxos_des.museum.retry_applied_twice import RETRY_APPLIED_TWICE
from paxos_des.museum.stale_local_read import STALE_LOCAL_READ
from paxos_des.museum.truncates_at_corruption import TRUNCATES_AT_CORRUPTION
from paxos_des.museum.unlearns import UNLEARNS
from paxos_des.museum.volatile_promise import VOLATILE_PROMISE
from paxos_des.museum.volatile_vote import VOLATILE_VOTE
from paxos_des.museum.votes_across_ballots import VOTES_ACROSS_BALLOTS
from paxos_des.names import nearest

EXHIBITS: dict[str, Exhibit] = register_all(
    (
        # acceptors
        ACCEPT_BELOW_PROMISE,
        ACCEPT_AGAINST_LAST_VOTE,
        ACCEPT_KEEPS_PROMISE,
        PROMISE_ANY,
        PROMISE_COMPARES_LEADER_FIRST,
        REPORTS_PROMISED_BALLOT,
        FORGETS_AFTER_CHOSEN,
        DIES_OF_DUPLICATES,
        REFUSAL_UNANSWERED,
        # leaders
        OWN_VALUE,
        FIRST_REPORT,
        HIGHEST_BY_LEADER,
        LAST_PROMISE_ONLY,
        COUNTS_PROMISES_NOT_ACCEPTORS,
        MIXED_BALLOT_PROMISES,
        NACK_AS_PROMISE,
        BALLOT_REUSE,
        NOOP_WITHOUT_PHASE_1,
        IGNORES_PROMISED_LOG,
        # learners and replicas
        COUNTS_VOTES_NOT_ACCEPTORS,
        VOTES_ACROSS_BALLOTS,
        UNLEARNS,
        # storage
        VOLATILE_PROMISE,
        VOLATILE_VOTE,
        ANSWERS_BEFORE_FSYNC,
        TRUNCATES_AT_CORRUPTION,
        # quorums
        HALF_OF_FOUR,
        FLEXIBLE_SUM_N,
        PYTHON_3_DIVISION,
        # clients, reads and leases
        STALE_LOCAL_READ,
        LEASE_WITHOUT_DRIFT,
        RETRY_APPLIED_TWICE,
    )
)


def exhibit_named(name: str) -> Exhibit:
    """Return an exhibit by name.

    Raises
    ------
    InputError
        With the nearest known name, when there is none of this name.
    """
    if name not in EXHIBITS:
        hint = nearest(name, EXHIBITS)
        message = f"museum: found {shorten(name)}{hint}; allowed: {', '.join(EXHIBITS)}"
        raise InputError(message)
    return EXHIBITS[name]
