"""What the tests of the engine share: a few nodes that note what the network brings them."""

from typing import Any, NamedTuple

import msgspec

from paxos_des.engine.choices import Chooser, Remember
from paxos_des.engine.entries import Envelope, MessageEntry
from paxos_des.engine.links import LinkModel, NetworkPlan
from paxos_des.engine.network import Network
from paxos_des.engine.trace import Recording, Trace
from paxos_des.engine.world import World

A_TO_B = ("a", "b")
A_TO_C = ("a", "c")


class Note(msgspec.Struct, frozen=True, tag_field="type", tag=True):
    """A message of no protocol."""

    number: int


class Arrival(NamedTuple):
    """What arrived, where and when."""

    at_us: int
    target: str
    number: int


class Post:
    """A network from node a to nodes b and c, and what arrived there."""

    def __init__(
        self,
        model: LinkModel,
        *,
        seed: int | None = 1,
        remember: Remember = "nothing",
        ties: str = "first-come",
        recording: Recording = "trace",
    ) -> None:
        self.world = World()
        self.trace = Trace(recording)
        self.chooser = Chooser(seed, remember=remember)
        self.network = Network(
            self.world,
            self.trace,
            self.chooser,
            NetworkPlan([(*A_TO_B, model), (*A_TO_C, model)]),
            has_shuffled_ties=ties == "shuffled",
        )
        self.sent_at_us: dict[tuple[str, int], int] = {}
        self.arrivals: list[Arrival] = []
        for links in self.network.links.values():
            for link in links.values():
                link.receive = self._note

    def send(self, numbers: range, *, target: str = "b") -> None:
        """Send notes of these numbers, all now."""
        for number in numbers:
            self.sent_at_us[target, number] = self.world.now
            self.network.sender("a")((target,), Note(number))

    def deliver(self) -> list[Arrival]:
        """Let all that is on its way arrive; return what has arrived up to now."""
        self.world.run()
        return self.arrivals

    def delays_us(self) -> list[int]:
        """Return how long each arrival took."""
        return [
            arrival.at_us - self.sent_at_us[arrival.target, arrival.number]
            for arrival in self.arrivals
        ]

    def events(self) -> list[tuple[str, str, str, int]]:
        """Return the trace: event, node, peer and note."""
        decode = msgspec.json.Decoder(dict[str, Any]).decode
        return [
            (entry["event"], entry["node"], entry["peer"], entry["message"]["number"])
            for entry in map(decode, self.trace.lines())
        ]

    def _note(self, envelope: Envelope) -> None:
        self.arrivals.append(Arrival(self.world.now, envelope.peer, envelope.message.number))


def entry(number: int) -> MessageEntry:
    """Return the trace's entry of a note that was sent."""
    return MessageEntry(number, 2_041, "send", "a", "b", number, Note(number))
