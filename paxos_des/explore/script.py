"""Scripts: events by name, which are made to happen in the pool in their order, and nothing else.

An event that cannot happen when its turn comes is left out. Where the very message is not there,
another of its type on its link stands for it: one with as much in common as any, and of those the
oldest. So a message of a later ballot, or of a later slot, does not keep alive what led to that, if
any ballot will do (as in DEMi: Scott et al., NSDI 2016).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple

import msgspec

from paxos_des.engine.choices import name_of
from paxos_des.engine.disk_decisions import Batch, named
from paxos_des.engine.links import Link
from paxos_des.engine.network import identity
from paxos_des.engine.pool import Deed, Event, EventKind, Policy
from paxos_des.engine.pooled_world import Call, PooledWorld
from paxos_des.engine.trace import Trace
from paxos_des.engine.words import message_in_words
from paxos_des.names import NodeId

EVERY_DEED: frozenset[Deed] = frozenset(("happen", "lose", "double"))


class Named(NamedTuple):
    """An event by its name, which it keeps from run to run.

    Attributes
    ----------
    peer
        Of a message: its sender; else the empty text.
    type
        Of a message: its type; of a timer, its name.
    what
        What identifies it, as compact JSON: as decisions have it.
    copy
        Of a message: which of several such that were sent on its link, from 1.
    again
        How often it has been delivered before: 1 where it is the copy of one that was doubled.
    deed
        `double` where it is delivered once more later.
    """

    kind: EventKind
    node: NodeId
    peer: NodeId = ""
    type: str = ""
    what: str = "{}"
    copy: int = 1
    again: int = 0
    deed: Deed = "happen"

    @property
    def says(self) -> str:
        """The event in a sentence."""
        node, what = self.node, msgspec.json.decode(self.what)
        match self.kind:
            case "deliver":
                first = {key: what[key] for key in ("type", "slot") if key in what}
                message = message_in_words(first | what)
                ending = "" if self.copy == 1 else f" (number {self.copy} of its like)"
                again = " once more" if self.again else ""
                return f"{self.peer}'s {message} reaches {node}{again}{ending}"
            case "timer":
                slot = f" of slot {what['slot']}" if "slot" in what else ""
                return f"{node}'s timer {self.type}{slot} fires"
            case "fsync":
                record = message_in_words(what.get("append", what.get("rewrite", {})))
                return f"{node}'s fsync of the {record} is done"
            case "crash":
                return f"{node} crashes"
            case "restart":
                return f"{node} restarts"

    def to_dict(self) -> dict[str, Any]:
        """Return what a failure file holds: as a trace names it, and a sentence."""
        found: dict[str, Any] = {"event": self.kind, "node": self.node}
        if self.kind == "deliver":
            found |= {"peer": self.peer, "message": msgspec.json.decode(self.what)}
            found |= {"copy": self.copy} | ({"again": self.again} if self.again else {})
        elif self.kind in ("timer", "fsync"):
            found[self.kind] = msgspec.json.decode(self.what)
        return found | {"says": self.says}


def name_of_event(kind: EventKind, node: NodeId, peer: NodeId, content: object) -> Named:
    """Return the name of an event, as if it were the first of its like."""
    if kind in ("crash", "restart"):
        return Named(kind, node)
    return Named(kind, node, peer, _type_of(kind, content), _what_of(kind, content))


class Script:
    """Picks named events, in order; each that cannot happen is left out.

    Parameters
    ----------
    stands
        Which of several messages that might stand for one that is not there, and have as much in
        common with it, does.

    Attributes
    ----------
    marks
        Before each pick, how many entries the trace had.
    """

    def __init__(
        self, asked: Iterable[Named], trace: Trace, stands: Literal["oldest", "youngest"] = "oldest"
    ) -> None:
        self._stands = stands
        self._left = iter(asked)
        self._trace = trace
        self._delivered: list[Event] = []
        self._filed: dict[tuple[str, ...], list[Event]] = {}
        self._filed_up_to = -1
        self.marks: list[int] = []

    def pick(self, events: list[Event], _: frozenset[Deed]) -> tuple[Deed, int] | None:
        self._file(events)
        for asked in self._left:
            place = self._place_of(asked, events)
            if place is not None:
                self.marks.append(self._trace.numbers)
                if asked.kind == "deliver":
                    self._delivered.append(events[place])
                return asked.deed, place
        return None

    def _file(self, events: list[Event]) -> None:
        """File what has joined the pool by where it happens and what it is: a script that is told
        much leaves much lying, and would look through all of it at each pick.
        """
        fresh = len(events)
        while fresh and events[fresh - 1].number > self._filed_up_to:
            fresh -= 1
        filed = self._filed
        for event in events[fresh:]:
            _, kind, node, peer, content, _ = event
            label = (kind, node, peer, _type_of(kind, content))
            if label in filed:
                filed[label].append(event)
            else:
                filed[label] = [event]
        if events:
            self._filed_up_to = max(self._filed_up_to, events[-1].number)

    def _place_of(self, asked: Named, events: list[Event]) -> int | None:
        filed = self._filed.get(asked[:4])
        if not filed:
            return None
        places = []
        for event in filed:
            place = bisect_left(events, event)
            if place < len(events) and events[place] is event:
                places.append(place)
        if len(places) < len(filed):
            self._filed[asked[:4]] = [events[place] for place in places]
        if len(places) <= 1:
            return places[0] if places else None  # whether it is the very one or stands for it
        kind, what = asked.kind, asked.what
        alike = [place for place in places if _what_of(kind, events[place].content) == what]
        if len(alike) > 1:
            return self._copy_among(asked, alike)
        if alike:
            return alike[0]
        fields = _fields(what)
        # The first of the best.
        return max(
            places if self._stands == "oldest" else reversed(places),
            key=lambda place: len(fields & _fields(_what_of(kind, events[place].content))),
        )

    def _copy_among(self, asked: Named, alike: list[int]) -> int:
        """Return the place of the very copy that was asked for, or else of the oldest."""
        before = sum(
            event.node == asked.node
            and event.peer == asked.peer
            and _what_of("deliver", event.content) == asked.what
            for event in self._delivered
        )
        return alike[min(max(asked.copy - 1 - before, 0), len(alike) - 1)]


class ScriptWorld(PooledWorld):
    """A pooled world in which all is possible that a script, or another policy, asks for, and what
    has happened has names.

    Attributes
    ----------
    copies
        By number, of the copies of what was doubled: the number of what it is a copy of.
    """

    def __init__(self, policy: Policy, steps_max: int) -> None:
        super().__init__(policy, step_us=1, steps_max=steps_max, may=EVERY_DEED)
        self.copies: dict[int, int] = {}

    def _bend(self, deed: Deed, event: Event, call: Call) -> Deed:
        link, envelope, _ = call
        assert isinstance(link, Link), f"{event} is no message that one could {deed}"
        number = self.take_number()
        self.copies[number] = self.copies.get(event.number, event.number)
        self.pool.append(event._replace(number=number))
        self.calls.append((link, envelope, True))
        return deed

    def names(self) -> list[Named]:
        """Return the names of what has happened, in order."""
        copies = dict(self._copy_numbers())
        found: list[Named] = []
        for deed, event in self.picked:
            name = name_of_event(event.kind, event.node, event.peer, event.content)
            if event.kind == "deliver":
                number = self.copies.get(event.number, event.number)
                again = int(number != event.number)
                name = name._replace(copy=copies[number], again=again, deed=deed)
            found.append(name)
        return found

    def _copy_numbers(self) -> Iterator[tuple[int, int]]:
        """Yield, by number, which of its like each message is that was sent on a link from which
        any was delivered.
        """
        links = {(event.peer, event.node) for _, event in self.picked if event.kind == "deliver"}
        happened = [event for _, event in self.picked]
        counts: dict[tuple[NodeId, NodeId, str], int] = {}
        for event in sorted((*happened, *self.pool)):
            is_copy = event.number in self.copies
            if event.kind == "deliver" and not is_copy and (event.peer, event.node) in links:
                key = (event.peer, event.node, _what_of("deliver", event.content))
                counts[key] = counts.get(key, 0) + 1
                yield event.number, counts[key]


def past_of(events: Sequence[Event], recent: Iterable[int]) -> list[int]:
    """Return the places of some events and of all that is in their causal past, in order.

    What happened before at the same node comes before, and so does what an event was made by
    (Lamport, Time, Clocks, and the Ordering of Events in a Distributed System, CACM 1978).
    """
    places = {event.number: place for place, event in enumerate(events)}
    before: list[int | None] = []
    last_at: dict[NodeId, int] = {}
    for place, event in enumerate(events):
        before.append(last_at.get(event.node))
        last_at[event.node] = place
    found: dict[int, None] = {}
    waiting = list(recent)
    while waiting:
        place = waiting.pop()
        if place in found:
            continue
        found[place] = None
        causes = (before[place], places.get(events[place].parent))
        waiting += [cause for cause in causes if cause is not None]
    return sorted(found)


def _type_of(kind: EventKind, content: Any) -> str:  # noqa: ANN401 - a message, a timer or a batch
    if kind == "deliver":
        return type(content).__name__
    return content.name if kind == "timer" else ""


def _fields(what: str) -> frozenset[tuple[str, str]]:
    """Return what identifies an event, field by field."""
    found = msgspec.json.decode(what)
    items = found.items() if isinstance(found, dict) else ()
    return frozenset((key, name_of(value)) for key, value in items)


def _what_of(kind: EventKind, content: Any) -> str:  # noqa: ANN401 - a message, a timer or a batch
    if kind == "deliver":
        return name_of(identity(content))
    if kind == "fsync":
        assert isinstance(content, Batch), content
        return name_of(named(content))
    return name_of(content)
