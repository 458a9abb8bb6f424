"""longest-log-wins: a new leader that takes over the longest of the logs it was told of.

The old leader dies before it hears of a choice: so nobody ever learns of two, and only the votes
tell that a choice was undone.
"""

from functools import partial

from paxos_des.cluster.registry import MULTI_PAXOS
from paxos_des.museum.exhibit import FAILOVER, Exhibit
from paxos_des.protocol.effects import Effect
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.stable import Preparing, Stable


class LongestLogWins(Stable):
    """Believes one acceptor, the one that has voted in most slots, and no other."""

    __slots__ = ()

    def _lead(self, preparing: Preparing) -> list[Effect]:
        longest = max(preparing.promises, key=lambda name: len(preparing.promises[name]))
        read = {**dict.fromkeys(preparing.promises, ()), longest: preparing.promises[longest]}
        return super()._lead(Preparing(preparing.ballot, preparing.from_slot, read))


LONGEST_LOG_WINS = Exhibit(
    protocol=MULTI_PAXOS.but(
        "longest-log-wins", leader=partial(Leader.make, stable=LongestLogWins)
    ),
    mutation=LongestLogWins,
    check="chosen-once",
    group="leader",
    source="folklore; Raft (Ongaro and Ousterhout 2014, 5.4.1) compares terms before lengths",
    story=(
        "The longest log has the most in it, so the new leader takes that one and no other. "
        "Votes were lost on the way to each, and what the longest lacks may have been chosen."
    ),
    settings={
        **FAILOVER,
        "delay": "1ms",
        "values": 8,
        "drop": 0.3,
        "resend_after": "20ms",
        "faults": [{"at": "3500us", "fail": "leader-1"}],
    },
    within=100,
)
