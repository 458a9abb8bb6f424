"""Closed forms: what theory says that a sweep should measure.

Each is a function of a point's scenario and of how metrics measure; None where it does not apply.
The mathematics stand by themselves, as functions of numbers: `availability`, `markov`,
`order_statistics`, `messages`, `placement`, `elections`.
"""

from paxos_des.study.exact.form import Exact
from paxos_des.study.exact.forms import FORMS

__all__ = ["EXACT", "Exact"]

EXACT: dict[str, Exact] = {form.name: form for form in FORMS}
"""By name."""
