"""The museum: published bugs of the Paxos family, each a small mutation of the right role.

Importing it registers every exhibit as a protocol of its name; the right protocol never knows.
Every module and package in here is looked through for exhibits: a new one is one new file.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from paxos_des.cluster.registry import register
from paxos_des.errors import InputError, ScenarioError, shorten
from paxos_des.museum.exhibit import GROUPS, Exhibit
from paxos_des.names import nearest

__all__ = ["EXHIBITS", "Exhibit", "add", "exhibit_named"]

EXHIBITS: dict[str, Exhibit] = {}
"""All exhibits by name, in the order of their groups."""

COMMAND = "measure"
"""What stands in an exhibit's place on the command line, and is none."""


def add(exhibit: Exhibit) -> Exhibit:
    """Put an exhibit on show, and register its protocol: as any module may that is imported.

    Raises
    ------
    ScenarioError
        When another protocol has its name, or a command.
    """
    if exhibit.name == COMMAND:
        message = f"museum: found an exhibit {COMMAND!r}; allowed is what is no command's name"
        raise ScenarioError(message)
    caller = sys._getframe(1).f_globals.get("__name__", "__main__")
    register(exhibit.protocol, home=str(caller))
    EXHIBITS[exhibit.name] = exhibit
    return exhibit


def exhibit_named(name: str) -> Exhibit:
    """Return an exhibit by name.

    Raises
    ------
    InputError
        With the nearest known name, when there is none of this name.
    """
    if name not in EXHIBITS:
        hint = nearest(name, EXHIBITS)
        message = f"museum: found {shorten(name)}{hint}; allowed is what `paxos-des museum` lists"
        raise InputError(message)
    return EXHIBITS[name]


def _ours() -> Iterator[Exhibit]:
    """Yield the exhibits that the modules in here hold."""
    for module in iter_modules(__path__):
        held = vars(import_module(f"{__name__}.{module.name}")).values()
        yield from (one for one in held if isinstance(one, Exhibit))


for _exhibit in sorted(_ours(), key=lambda one: (GROUPS.index(one.group), one.name)):
    add(_exhibit)
