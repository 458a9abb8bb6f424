"""Protocols by name: what makes the roles of a cluster.

`multi-paxos` is the right one. Others (the user's own, or the bugs of a museum) are registered
beside it, mostly as the right one with one role exchanged:

    register(MULTI_PAXOS.but("mine", acceptor=lambda name, settings: Mine(settings.leaders)))

A protocol that is not Paxos brings roles of its own for all three places: on `leader-N` (whoever
coordinates), on `acceptor-N` (whoever takes part) and on `client-N`; kinds of message of its own
(subclasses of `protocol.messages.Message`), of what it keeps (`protocol.effects.OwnRecord`) and
says for the record (`protocol.effects.Note`); and the checks that judge it:

    register(ProtocolSpec("two-phase-commit", acceptor=Participant.make, leader=Coordinator.make,
                          checks=(AtomicCommitment,), usual_checks=()))

A module that registers protocols when it is imported may be named before it is needed: a *shelf*,
which is looked at when a name is asked for that nobody has registered. The package's own museum is
one; others are named by the entry points of installed packages, in the group `paxos_des.protocols`.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal, Protocol, get_args

from paxos_des.engine.disk_format import Found, Platter, Refused
from paxos_des.errors import ScenarioError, shorten
from paxos_des.names import NodeId, nearest
from paxos_des.protocol.acceptor import Acceptor
from paxos_des.protocol.effects import OwnRecord, Record
from paxos_des.protocol.heartbeat import Leadership
from paxos_des.protocol.leader import Leader
from paxos_des.protocol.role import Role, Settings, Workload

MakeAcceptor = Callable[[NodeId, Settings], Role]
MakeLeader = Callable[[Leadership, Settings, NodeId | None], Role]
ReadBack = Callable[[Platter], Found | Refused]
AcceptorsTalk = Literal["to-leaders", "to-each-other"]
MakeClient = Callable[[NodeId, Settings, Workload], Role]


class MakeCheck(Protocol):
    """Makes a check for one run: mostly, a subclass of `checks.verdict.Check` itself."""

    @property
    def name(self) -> str: ...

    def __call__(self, settings: Settings, /) -> Any: ...  # noqa: ANN401 - a Check: no import of ours


@dataclass(frozen=True, slots=True)
class ProtocolSpec:
    """A protocol: its name, and who makes its roles.

    Attributes
    ----------
    acceptor
        Makes an acceptor from its name and the cluster's settings.
    leader
        Makes a leader from its leadership (which holds its name), the cluster's settings, and
        whom it takes for the primary at the start. It may be any role: see `protocol.role` for
        what it may offer besides.
    client
        Makes a client from its name, the cluster's settings and what it is to ask for; None: the
        clients of Paxos, which send `Request` and wait for `Reply`.
    checks
        Checks of its own: each is made for each run from the cluster's settings.
    usual_checks
        Which of the package's checks judge it besides, where nobody says which do; None: all.
    records
        What its roles persist, where nodes crash, beyond the records of Paxos.
    answers
        Whom its leaders answer: `nobody`, where clients hear nothing back; then no run waits for
        answers before it has learned everything.
    read_back
        How a node that restarts reads its disk; None: as `engine.disk_format.read_back` does,
        which refuses what it cannot rely on.
    failed_fsync
        What becomes of a node whose fsync fails: it crashes, or it goes on as if it had not.
    acceptors_talk
        To whom they have links: as in Paxos, or to each other too. Faults mean those links where
        they mean all of a node; a partition that is named by its shape does not.

    Raises
    ------
    ScenarioError
        When a record has the name of one of Paxos, or two have one name: it is by its name that
        what was read from a disk, or a saved trace, is known.
    """

    name: str
    acceptor: MakeAcceptor
    leader: MakeLeader
    client: MakeClient | None = None
    checks: tuple[MakeCheck, ...] = ()
    usual_checks: tuple[str, ...] | None = None
    records: tuple[type[OwnRecord], ...] = ()
    read_back: ReadBack | None = None
    failed_fsync: Literal["crash", "ignore"] = "crash"
    acceptors_talk: AcceptorsTalk = "to-leaders"
    answers: Literal["clients", "nobody"] = "clients"

    def __post_init__(self) -> None:
        names = [kind.__name__ for kind in (*get_args(Record), *self.records)]
        for name in names[-len(self.records) :] if self.records else ():
            if names.count(name) > 1:
                message = (
                    f"protocol {self.name!r}: found a record of the name {name!r}, which another "
                    "has; allowed is a new name"
                )
                raise ScenarioError(message)

    def but(
        self,
        name: str,
        *,
        acceptor: MakeAcceptor | None = None,
        leader: MakeLeader | None = None,
        client: MakeClient | None = None,
        checks: tuple[MakeCheck, ...] | None = None,
    ) -> "ProtocolSpec":
        """Return this protocol under another name, with some of its roles, or its own checks,
        exchanged.
        """
        return replace(
            self,
            name=name,
            acceptor=acceptor or self.acceptor,
            leader=leader or self.leader,
            client=client or self.client,
            checks=self.checks if checks is None else checks,
        )


MULTI_PAXOS = ProtocolSpec(
    "multi-paxos",
    acceptor=lambda _, settings: Acceptor(
        settings.leaders, lease_us=settings.lease_us if settings.reads == "lease" else None
    ),
    leader=Leader.make,
)

_PROTOCOLS = {MULTI_PAXOS.name: MULTI_PAXOS}
_SHELVES: list[str] = []
_HOMES: dict[str, str] = {}
_NAMES_SHOWN = 12
_GROUP = "paxos_des.protocols"


def add_shelf(module: str) -> None:
    """Name a module that registers protocols when it is imported."""
    if module not in _SHELVES:
        _SHELVES.append(module)


def register(protocol: ProtocolSpec, home: str | None = None) -> None:
    """Make a protocol known by its name; `home` is the module that does so when it is imported:
    whoever calls, if nobody says.

    Raises
    ------
    ScenarioError
        When another protocol has the name.
    """
    if _PROTOCOLS.setdefault(protocol.name, protocol) is not protocol:
        message = f"protocol: found {protocol.name!r} registered before; allowed is a new name"
        raise ScenarioError(message)
    caller = sys._getframe(1).f_globals.get("__name__", "__main__")
    _HOMES[protocol.name] = home or str(caller)


def home_of(name: str) -> str:
    """Return the module that registered a protocol, so that importing it elsewhere does so too; for
    one that a script registered, `__main__`.

    Raises
    ------
    ScenarioError
        When there is no protocol of this name.
    """
    return _HOMES.get(protocol_named(name).name, __name__)


def module_to_import(name: str) -> str | None:
    """Return the module that has to be imported before a protocol is known, where it is neither
    one of ours nor a script's.

    Raises
    ------
    ScenarioError
        When there is no protocol of this name.
    """
    module = home_of(name)
    first, *rest = module.split(".")
    is_ours = first in ("paxos_des", "__main__")
    return None if is_ours or not all(map(str.isidentifier, (first, *rest))) else module


def unregister(name: str) -> None:
    """Forget a protocol, if it is known and not the right one."""
    if name != MULTI_PAXOS.name:
        _PROTOCOLS.pop(name, None)
        _HOMES.pop(name, None)


@contextmanager
def registered(protocol: ProtocolSpec) -> Iterator[ProtocolSpec]:
    """Make a protocol known for the length of a `with` block."""
    register(protocol)
    # Whoever opens the block is no frame of ours; who makes its acceptors lives there, mostly.
    _HOMES[protocol.name] = protocol.acceptor.__module__
    try:
        yield protocol
    finally:
        unregister(protocol.name)


def protocol_named(name: str) -> ProtocolSpec:
    """Return a protocol by name.

    Raises
    ------
    ScenarioError
        With the nearest known name, when there is none of this name.
    """
    if name not in _PROTOCOLS:
        _look_at_shelves(name)
    if name not in _PROTOCOLS:
        hint = nearest(name[:100], _PROTOCOLS)
        known = sorted(_PROTOCOLS)
        some = ", ".join(known[:_NAMES_SHOWN]) + (", …" if len(known) > _NAMES_SHOWN else "")
        message = f"protocol: found {shorten(name)}{hint}; allowed: {some}"
        raise ScenarioError(message)
    return _PROTOCOLS[name]


def _look_at_shelves(name: str) -> None:
    """Import the modules that may register a protocol, one after the other, until one has."""
    for module in (*_SHELVES, *(found.module for found in entry_points(group=_GROUP))):
        import_protocols(module, f"entry point of {_GROUP}")
        if name in _PROTOCOLS:
            return


def import_protocols(module: str, where: str) -> None:
    """Import a module that registers protocols.

    Raises
    ------
    ScenarioError
        When it cannot be imported, whatever it breaks with; `where` says who named it.
    """
    try:
        import_module(module)
    except (Exception, SystemExit) as error:
        why = f"{type(error).__name__}: {shorten(str(error))}"
        found = f"found no way to import {shorten(module)} ({why})"
        message = f"{where}: {found}; allowed is a module that Python finds and that runs"
        raise ScenarioError(message) from error
