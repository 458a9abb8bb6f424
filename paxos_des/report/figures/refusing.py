"""How a figure is refused that cannot be."""

from typing import NoReturn

from paxos_des.errors import InputError
from paxos_des.study.figure_specs import FigureSpec


class FigureError(InputError):
    """A figure that a table does not fill."""


def refuse(spec: FigureSpec, found: str, allowed: str) -> NoReturn:
    message = f"figure {spec.name}: found {found}; allowed is {allowed}"
    raise FigureError(message)
