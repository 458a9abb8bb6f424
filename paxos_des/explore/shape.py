"""A failure's shape: what is left of it without names, slots, times and values.

Failures of one protocol with the same violated check and the same shape are one bug, until
somebody looks closer.
"""

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from paxos_des.cluster.havoc import NOTHING
from paxos_des.engine.choices import Decision
from paxos_des.failure import Failure

_DIGEST_BYTES = 5


def shape_of(failure: Failure) -> str:
    """Return a failure's shape: its check, and ten hex digits; the same in every process."""
    parts: list[Any] = [failure.scenario.protocol, sorted(_schedule_form(failure.schedule))]
    if failure.core is not None:
        parts = [failure.scenario.protocol, _core_form(failure.core)]
    digest = blake2b(msgspec.json.encode(parts), digest_size=_DIGEST_BYTES).hexdigest()
    return f"{failure.check}-{digest}"


def _schedule_form(schedule: Iterable[Decision]) -> set[str]:
    return {_form(decision) for decision in schedule}


def _form(decision: Decision) -> str:
    key = decision.key
    what: dict[str, Any] = msgspec.json.decode(key.what)
    about = what.get("type", what.get("name", ""))
    if key.kind in ("nemesis", "fault"):
        about = ""
        if decision.answer != NOTHING and str(decision.answer).startswith("{"):
            table = msgspec.json.decode(str(decision.answer))
            about = " ".join(sorted(table))
    return " ".join((key.kind, *(name.partition("-")[0] for name in key.place), str(about)))


def _core_form(core: Iterable[dict[str, Any]]) -> list[Any]:
    counts: Counter[str] = Counter()
    for event in core:
        node, peer = (str(event.get(end, "")).partition("-")[0] for end in ("node", "peer"))
        content = event.get("message", event.get("timer"))
        kind = content.get("type", content.get("name", "")) if isinstance(content, dict) else ""
        counts[f"{event.get('event')} {node} {peer} {kind}"] += 1
    return sorted(counts)
