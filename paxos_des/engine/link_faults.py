"""Link faults: what troubles a directed link, and what that does to the messages on it.

A link has a `Trouble` while any fault is on it. Its fates are set aside then, and all that the
hot path finds is SPECIAL: so a link without trouble costs nothing, and a troubled one uses up
its weather, as if it went well.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from paxos_des.engine.entries import Envelope
from paxos_des.engine.links import SPECIAL, Link
from paxos_des.names import NodeId

if TYPE_CHECKING:
    from paxos_des.engine.network import Network


class Trouble:
    """The faults on one link; they add to each other, and each is undone by itself.

    Attributes
    ----------
    fates
        What the next messages would meet without it, the next one last.
    is_cut
        All messages are lost.
    lost_types
        Messages of these types are lost.
    clog_us
        Extra delay of each message.
    wire_us, free_at_us
        How long a message keeps the wire to itself, 0 if it does not; from when on it is free.
    is_held, held
        Messages wait, in order, each with its delay and its rank among what arrives with it.
    """

    __slots__ = (
        "clog_us", "fates", "free_at_us", "held", "is_cut", "is_held", "lost_types", "wire_us",
    )  # fmt: skip

    def __init__(self, fates: list[int]) -> None:
        self.fates = fates
        self.is_cut = False
        self.lost_types: tuple[str, ...] = ()
        self.clog_us = 0
        self.wire_us = 0
        self.free_at_us = 0
        self.is_held = False
        self.held: list[tuple[Envelope, int, int]] = []

    @property
    def is_over(self) -> bool:
        is_slow = self.clog_us or self.wire_us
        return not (self.is_cut or self.lost_types or is_slow or self.is_held)

    def loses(self, message: object) -> bool:
        return self.is_cut or type(message).__name__ in self.lost_types

    def leaves_at_us(self, now_us: int) -> int:
        """Take a message onto the wire; return when it has left it, and its own delay begins."""
        if self.wire_us:
            now_us = self.free_at_us = max(now_us, self.free_at_us) + self.wire_us
        return now_us + self.clog_us


class LinkFaults:
    """Troubles the links of a network, and mends them.

    What is on its way when a fault comes or goes arrives as it would have. Each method sets one
    fault to what is given: doing it twice is doing it once.
    """

    __slots__ = ("_network",)

    def __init__(self, network: "Network") -> None:
        self._network = network

    def set_cut(self, source: NodeId, target: NodeId, *, is_cut: bool) -> None:
        """Cut a directed link, or mend it."""
        trouble = self._trouble(source, target)
        trouble.is_cut = is_cut
        self._settle(source, target)

    def clog(self, source: NodeId, target: NodeId, by_us: int) -> None:
        """Add so much to the delay of each message from now on; 0: no longer."""
        assert by_us >= 0, by_us
        self._trouble(source, target).clog_us = by_us
        self._settle(source, target)

    def set_filter(self, source: NodeId, target: NodeId, types: Iterable[str]) -> None:
        """Lose all messages of these types; none: no longer."""
        self._trouble(source, target).lost_types = tuple(sorted(set(types)))
        self._settle(source, target)

    def set_bandwidth(self, source: NodeId, target: NodeId, wire_us: int) -> None:
        """Let messages go one after another, each so long; 0: as many as there are, at once.

        The queue has no bound: what it holds is late, and not lost.
        """
        assert wire_us >= 0, wire_us
        self._trouble(source, target).wire_us = wire_us
        self._settle(source, target)

    def hold(self, source: NodeId, target: NodeId) -> None:
        """Hold back what is sent from now on."""
        self._trouble(source, target).is_held = True

    def release(self, source: NodeId, target: NodeId) -> None:
        """Let what was held back go on, in order, each with its own delay from now on."""
        trouble = self._trouble(source, target)
        trouble.is_held = False
        held, trouble.held = trouble.held, []
        link = self._network.links[source][target]
        for envelope, delay_us, rank in held:
            self._network.go_on(link, envelope, delay_us, rank)
        self._settle(source, target)

    def mend(self, source: NodeId, target: NodeId) -> None:
        """Undo all that troubles a link."""
        self.set_cut(source, target, is_cut=False)
        self.set_filter(source, target, ())
        self.clog(source, target, 0)
        self.set_bandwidth(source, target, 0)
        self.release(source, target)

    def mend_all(self) -> None:
        """Undo all that troubles any link."""
        for link in self.troubled():
            self.mend(*link.place)

    def troubled(self) -> tuple[Link, ...]:
        return tuple(link for link in self._links() if link.trouble is not None)

    def _links(self) -> Iterator[Link]:
        for links in self._network.links.values():
            yield from links.values()

    def _trouble(self, source: NodeId, target: NodeId) -> Trouble:
        link = self._network.links[source][target]
        if link.trouble is None:
            link.trouble = Trouble(link.fates)
            link.fates = [SPECIAL] * len(link.fates)
        return link.trouble

    def _settle(self, source: NodeId, target: NodeId) -> None:
        """Take up the link's weather where it stands, if nothing troubles it any more."""
        link = self._network.links[source][target]
        if link.trouble is not None and link.trouble.is_over:
            link.fates = link.trouble.fates
            link.trouble = None
