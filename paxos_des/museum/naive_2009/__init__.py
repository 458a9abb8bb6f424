"""naive-2009: a small program of 2009 that agrees on a history of values, hosted with its mistakes.

Its leaders, acceptors and clients are roles of ours, and what fits of our messages and records is
theirs, so that our checks judge it. A proposal id `(port, count)` is a `Ballot(count, index)`: the
ports of leaders rise with their indices. A player whose thread ended is a node that has gone deaf.

The roles are written as they should have been (`acceptor`, `leader`), and each of its `MISTAKES` is
a subclass of one method (`acceptor_mistakes`, `leader_mistakes`), so that any of them can be mixed:
`naive("mine", ["unlearns"])`. With none it is safe, as long as no node crashes: there are no disks.

Mistakes that are harmless alone, since they take another to do harm, or never break a promise:

- `overwrites-votes`: an acceptor that looks at its promise never votes below its last vote.
- `unlearns`: where no two values are chosen, nothing else is ever decided.
- `forgets-accepted`: what comes late to a forgotten protocol is counted anew, to the same end.
- `deaf-on-unknown`: who forgets nothing is never answered about what it does not know. Both of them
  together are an exhibit.
- `sends-no-refusal`: whoever holds the higher id decides the instance, and the lower one hears of
  that, as leaders hear of every vote; so it costs time, and more only where messages get lost.
- `skips-instance-0`: what is not reported is not wrong.

Others choose no wrong value, and lose what was asked for, of which nobody hears: `loses-own-value`,
and `fills-under-way`, whose filler goes through both phases, and so gives way to whatever may be
chosen. A check of their own sees them, `learned-in-time`.

What are no switches:

- Clients hear nothing, and ask once: whatever answered them would be another program.
- No leader knows how far it was behind, nor any acceptor what it promised, after a crash: there is
  no disk that could be taken away, and no scenario of these crashes anybody.
- In which order a leader compares the ids that agrees report: it looks at one of them.
- The time of the housekeeping is set by looking for gaps, whether there are any or not; the first
  one is due so long after the start.
- The filler was the value 0, which a client may ask for too; here it is the no-op.
"""

from paxos_des.museum.naive_2009.demonstrations import ADVERSARIAL, DEMONSTRATION, ONE_LEADER
from paxos_des.museum.naive_2009.program import MISTAKES, naive, with_mistakes
from paxos_des.museum.naive_2009.single import (
    COMPARES_COUNT_WITH_PORT,
    COUNTS_ACCEPTEDS,
    COUNTS_AGREES,
    DIES_OF_DUPLICATES,
    FILLS_UNDER_WAY,
    FORGETS_AND_GOES_DEAF,
    LAST_AGREE_ONLY,
    LOSES_OWN_VALUE,
    PROPOSES_REPEATS,
    REPORTS_SEEN_ID,
    RETRIES_ELSEWHERE,
    VOTES_BELOW_PROMISE,
)

__all__ = [
    "ADVERSARIAL", "COMPARES_COUNT_WITH_PORT", "COUNTS_ACCEPTEDS", "COUNTS_AGREES",
    "DEMONSTRATION", "DIES_OF_DUPLICATES", "FILLS_UNDER_WAY", "FORGETS_AND_GOES_DEAF",
    "LAST_AGREE_ONLY", "LOSES_OWN_VALUE", "MISTAKES", "ONE_LEADER", "PROPOSES_REPEATS",
    "REPORTS_SEEN_ID", "RETRIES_ELSEWHERE", "VOTES_BELOW_PROMISE", "naive", "with_mistakes",
]  # fmt: skip
