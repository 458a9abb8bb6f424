"""What is measured of a run: each metric is one or more columns of the table.

A metric's meter observes a run while it goes on, and says in the end what its columns hold. It
reads what is on record, and changes nothing. What is said of a time means simulated time; a warm-up
is left out where nothing else is said. Where there is nothing to say (nothing was answered, or the
protocol is no Paxos), a cell is None.

All of them together cost a run about 5 % of its time, long (in `2009`, or under a stable leader) or
short. So meters share what they note (`Observed.shared`), and count after the run what can be
counted then.
"""

from paxos_des.study.metrics.chosen import AVAILABLE, CHOOSE, FIRST
from paxos_des.study.metrics.learning import CATCH_UP, PHASE2
from paxos_des.study.metrics.metric import Meter, Metric
from paxos_des.study.metrics.primaries import DOWNTIME, DUELS, ELECTIONS
from paxos_des.study.metrics.quorum import QUORUM
from paxos_des.study.metrics.requests import COMPLETED, REPLIES, REPLY
from paxos_des.study.metrics.traffic import END, MESSAGES

__all__ = ["METRICS", "Meter", "Metric"]

METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        COMPLETED, FIRST, CHOOSE, REPLY, REPLIES, AVAILABLE, QUORUM, DOWNTIME, MESSAGES, ELECTIONS,
        DUELS, CATCH_UP, PHASE2, END,
    )
}  # fmt: skip
"""By name, in the order of their columns."""
