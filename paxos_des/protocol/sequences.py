"""Sets of numbers that come nearly all and nearly in order, by name: they stay small."""

from paxos_des.names import NodeId


class Sequences:
    """A set of commands, by client and sequence number; or of slots, by leader.

    Clients count up from 0, and nearly all that they ask for comes to pass, nearly in order: so a
    client's part is all below one number, and the few above it.
    """

    __slots__ = ("_above", "_below", "count")

    def __init__(self) -> None:
        self.count = 0
        self._below: dict[NodeId, int] = {}
        self._above: dict[NodeId, set[int]] = {}

    def add(self, client: NodeId, sequence: int) -> bool:
        """Add a command; return whether it is new."""
        below = self._below.get(client, 0)
        if sequence == below:
            below += 1
            above = self._above.get(client)
            if above:
                while below in above:
                    above.remove(below)
                    below += 1
            self._below[client] = below
        elif 0 <= sequence < below:
            return False
        else:
            above = self._above.get(client)
            if above is None:
                above = self._above[client] = set()
            elif sequence in above:
                return False
            above.add(sequence)
        self.count += 1
        return True

    def has(self, client: NodeId, sequence: int) -> bool:
        if 0 <= sequence < self._below.get(client, 0):
            return True
        return sequence in self._above.get(client, ())
