"""What an exhibit is: a bug's protocol, where it shows, who sees it, and where it comes from."""

from collections.abc import Iterable
from dataclasses import dataclass

from paxos_des.cluster.registry import ProtocolSpec, register
from paxos_des.cluster.scenario import Scenario


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhibit:
    """A bug.

    Attributes
    ----------
    protocol
        The right one but for one mutation; its name is the exhibit's.
    settings
        What differs from `based_on`, a shipped scenario, where the bug shows.
    check
        Which check sees it.
    source
        Where it was published.
    story
        Two sentences on how it happens in real systems.
    """

    protocol: ProtocolSpec
    check: str
    source: str
    story: str
    based_on: str = "duel"
    settings: dict[str, object] | None = None

    @property
    def name(self) -> str:
        return self.protocol.name

    @property
    def scenario(self) -> Scenario:
        """The scenario in which it shows."""
        keys = {**(self.settings or {}), "protocol": self.name}
        return Scenario.named(self.based_on).replace(**keys)


def register_all(exhibits: Iterable[Exhibit]) -> dict[str, Exhibit]:
    """Register each exhibit's protocol; return them by name."""
    found = {exhibit.name: exhibit for exhibit in exhibits}
    for exhibit in found.values():
        register(exhibit.protocol)
    return found
