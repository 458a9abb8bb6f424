"""Links: how each behaves, and the fates of the messages on it, drawn ahead.

The *fate* of the k-th message on a link is its delay, or a negative number where it is anything but
plainly delivered. Links of one model share its quantile function, and are drawn in one pass.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from paxos_des.engine.choices import Kind, Weather, chance, first_blocks, stream_of
from paxos_des.engine.delays import Constant, Delay, DelayTable, median_us, table
from paxos_des.engine.entries import Envelope
from paxos_des.engine.fast import FAST
from paxos_des.names import NodeId

if TYPE_CHECKING:
    from paxos_des.engine.link_faults import Trouble

SPECIAL = -1
"""The fate of what is lost; and of all, where decisions are made one by one, or on a link that is
in trouble."""
DOUBLED = -2
"""From here on downwards lie the fates of what is doubled: the lower, the later."""

SEEDS_AHEAD = 16
"""For how many seeds the first fates are drawn in one pass."""


@dataclass(frozen=True, slots=True)
class LinkModel:
    """How one directed link behaves: a delay, and the chances of a drop and of a duplicate."""

    delay: Delay
    drop: float = 0.0
    duplicate: float = 0.0


class PlainLink:
    """What a link has: see `Link`. The same, compiled, is `_fast.Link`."""

    __slots__ = ("drawn", "fates", "group", "index", "receive", "trouble")

    group: "LinkGroup"
    index: int
    fates: list[int]
    drawn: int
    receive: Callable[[Envelope], object]
    trouble: "Trouble | None"

    def __init__(self, group: "LinkGroup", index: int, fates: list[int]) -> None:
        self.group = group
        self.index = index
        self.trouble = None
        self.receive = _nobody
        self.drawn = len(fates)
        self.fates = fates


if TYPE_CHECKING or FAST is None:  # noqa: SIM108 - to the eyes of mypy, there is one class
    _Link = PlainLink
else:
    _Link = FAST.Link


class Link(_Link):
    """A directed pair of nodes, and where it stands in its weather.

    Attributes
    ----------
    fates
        Of the next messages on it, the next one last.
    trouble
        What faults do to it, if any: see `link_faults`.
    drawn
        How many fates have been drawn, those not yet used included.
    """

    __slots__ = ()

    @property
    def place(self) -> tuple[NodeId, NodeId]:
        return self.group.places[self.index]

    def bits_of(self, kind: Kind) -> int:
        return stream_of(kind, self.place)


def new_links(
    group: "LinkGroup", listed: list[list[int]], links: dict[NodeId, dict[NodeId, Link]]
) -> None:
    """Make the links of a group, each with its first fates, and file them by source and target."""
    if FAST is not None:
        FAST.new_links(Link, group, group.places, listed, links, _nobody)
        return
    for index, (source, target) in enumerate(group.places):
        links.setdefault(source, {})[target] = Link(group, index, listed[index])


def lead(
    links: dict[NodeId, dict[NodeId, Link]],
    receivers: dict[NodeId, Callable[[Envelope], object]],
) -> None:
    """Have what is sent on each link received by who is at its end."""
    if FAST is not None:
        FAST.lead(links, receivers)
        return
    for ends in links.values():
        for target, link in ends.items():
            link.receive = receivers[target]


class LinkGroup:
    """All links of one model: what they share, and the streams of their weather."""

    def __init__(self, model: LinkModel, places: list[tuple[NodeId, NodeId]]) -> None:
        self.places = places
        self.table: DelayTable = table(model.delay)
        self.dull_us = median_us(model.delay)
        self.drop_below = chance(model.drop)
        self.duplicate_below = chance(model.duplicate)
        kinds: list[Kind] = ["delay"]
        if self.drop_below:
            kinds.append("drop")
        if self.duplicate_below:
            kinds.append("duplicate")
        self.is_dull = isinstance(model.delay, Constant) and len(kinds) == 1
        self.streams = np.array(
            [[stream_of(kind, place) for kind in kinds] for place in places], dtype=np.uint64
        )
        self.drawn = self._drawn()
        # By seed, fates that were drawn for runs to come; and the seed that was asked for last.
        self._ahead: dict[int, list[list[int]]] = {}
        self._last_seed: int | None = None

    def _drawn(self) -> Any:  # noqa: ANN401 - compiled: see `fast`
        """Return what draws fates, compiled; None: NumPy does."""
        if FAST is None:
            return None
        doubles = self.places if self.duplicate_below else []
        return FAST.Fates(
            self.table.parts(),
            self.streams.tolist(),
            [stream_of("duplicate-delay", place) for place in doubles],
            self.drop_below,
            self.duplicate_below,
        )

    def __getstate__(self) -> dict[str, Any]:
        """Leave out what is compiled: another process may have nothing of the kind."""
        return self.__dict__ | {"drawn": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.drawn = self._drawn()

    def first_fates(self, weather: Weather, size: int) -> list[list[int]]:
        """Return the first fates on each link. They are the caller's, who uses them up.

        Whoever hunts runs seed after seed: then they are drawn for several seeds in one pass, for
        a tenth of the time of a short run lies in drawing few numbers at a time (`duel`: 114 µs a
        run, and 26 so).
        """
        if self.drawn is not None:
            fates: list[list[int]] = self.drawn.first(weather.root, size)
            return fates
        seed, is_next = weather.seed, weather.seed - 1 == self._last_seed
        self._last_seed = seed
        ahead = self._ahead.pop(seed, None)
        if ahead is not None and len(ahead[0]) == size:
            return ahead
        if not is_next:
            return self.fates(weather.block(self.streams, 0, size))
        seeds = range(seed, seed + SEEDS_AHEAD)
        drawn = self.fates(first_blocks(seeds, self.streams, size))
        self._ahead = dict(zip(seeds, drawn, strict=True))
        return self._ahead.pop(seed)

    def fates(self, bits: NDArray[np.uint64]) -> list[Any]:
        """Return fates, as lists, the first one last, for bits of shape (…, kinds drawn, size)."""
        fates = self.table.delays_us(bits[..., 0, :])
        if self.duplicate_below:
            np.putmask(fates, bits[..., -1, :] < self.duplicate_below, DOUBLED - fates)
        if self.drop_below:
            np.putmask(fates, bits[..., 1, :] < self.drop_below, SPECIAL)
        listed: list[Any] = fates[..., ::-1].tolist()
        return listed


class NetworkPlan:
    """What all runs of a scenario share of their network: made once, never changed."""

    def __init__(self, models: Iterable[tuple[NodeId, NodeId, LinkModel]]) -> None:
        by_model: dict[LinkModel, list[tuple[NodeId, NodeId]]] = {}
        for source, target, model in models:
            by_model.setdefault(model, []).append((source, target))
        self.groups = tuple(LinkGroup(model, places) for model, places in by_model.items())


def _nobody(envelope: Envelope) -> None:
    raise AssertionError(envelope)
