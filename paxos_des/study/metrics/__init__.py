"""What is measured of a run: each metric is one or more columns of the table.

A metric's meter observes a run while it goes on, and says in the end what its columns hold. It
reads what is on record, and changes nothing.
"""

from paxos_des.study.metrics.metric import Meter, Metric
from paxos_des.study.metrics.requests import COMPLETED, REPLY

__all__ = ["METRICS", "Meter", "Metric"]

METRICS: dict[str, Metric] = {metric.name: metric for metric in (COMPLETED, REPLY)}
"""By name, in the order of their columns."""
