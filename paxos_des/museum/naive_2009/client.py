"""The client of 2009: it asks for everything at once, asks once, and hears nothing back."""

from paxos_des.names import NodeId
from paxos_des.protocol.ballot import Command
from paxos_des.protocol.effects import Effect, Invoked, Send
from paxos_des.protocol.messages import Request
from paxos_des.protocol.role import Role, Settings, Workload


class Client2009(Role):
    """Sends each value to one leader."""

    def __init__(self, name: NodeId, _: Settings, workload: Workload) -> None:
        self._name = name
        self._workload = workload

    def on_start(self) -> list[Effect]:
        effects: list[Effect] = []
        for sequence in range(self._workload.count):
            command = Command(self._name, sequence, self._workload.operation_of(sequence))
            leader = self._workload.first_leader(sequence)
            effects += [Invoked(command), Send(leader, Request(command))]
        return effects

    def on_message(self, source: NodeId, message: object) -> list[Effect]:
        heard = f"a client of 2009 hears nothing, then {message} from {source}"
        raise AssertionError(heard)
