"""The program of 2009 as a protocol, with any of its mistakes."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from paxos_des.cluster.registry import ProtocolSpec
from paxos_des.errors import InputError, shorten
from paxos_des.museum.naive_2009 import acceptor_mistakes as of_acceptors
from paxos_des.museum.naive_2009 import leader_mistakes as of_leaders
from paxos_des.museum.naive_2009.acceptor import Acceptor2009
from paxos_des.museum.naive_2009.checks import OneSlotEach, PumpsRun
from paxos_des.museum.naive_2009.client import Client2009
from paxos_des.museum.naive_2009.leader import Leader2009
from paxos_des.names import nearest
from paxos_des.protocol.role import Role

_Role = TypeVar("_Role", bound=Role)

ACCEPTOR_MISTAKES: dict[str, type[Acceptor2009]] = {
    "compares-count-with-port": of_acceptors.ComparesCountWithPort,
    "reports-seen-id": of_acceptors.ReportsSeenId,
    "votes-below-promise": of_acceptors.VotesBelowPromise,
    "overwrites-votes": of_acceptors.OverwritesVotes,
    "dies-of-duplicates": of_acceptors.DiesOfDuplicates,
    "sends-no-refusal": of_acceptors.SendsNoRefusal,
}
LEADER_MISTAKES: dict[str, type[Leader2009]] = {
    "last-agree-only": of_leaders.LastAgreeOnly,
    "counts-agrees": of_leaders.CountsAgrees,
    "counts-accepteds": of_leaders.CountsAccepteds,
    "proposes-repeats": of_leaders.ProposesRepeats,
    "retries-elsewhere": of_leaders.RetriesElsewhere,
    "loses-own-value": of_leaders.LosesOwnValue,
    "fills-under-way": of_leaders.FillsUnderWay,
    "forgets-accepted": of_leaders.ForgetsAccepted,
    "deaf-on-unknown": of_leaders.DeafOnUnknown,
    "unlearns": of_leaders.Unlearns,
    "skips-instance-0": of_leaders.SkipsInstance0,
}
MISTAKES: dict[str, str] = {
    name: str(mistake.__doc__).partition("\n")[0]
    for name, mistake in {**ACCEPTOR_MISTAKES, **LEADER_MISTAKES}.items()
}
"""What each mistake does wrong, in one line, by its name."""


def naive(name: str, mistakes: Iterable[str] = MISTAKES) -> ProtocolSpec:
    """Return the program of 2009 with these of its `MISTAKES`: by default, with all of them.

    Parameters
    ----------
    name
        What the protocol is called. It is not registered yet.
    mistakes
        Which mistakes it makes; with none, it is safe.

    Raises
    ------
    InputError
        When there is no mistake of a name.
    """
    chosen = _checked(mistakes)
    acceptor = _with(of_acceptors.NaiveAcceptor, Acceptor2009, ACCEPTOR_MISTAKES, chosen)
    leader = _with(of_leaders.NaiveLeader, Leader2009, LEADER_MISTAKES, chosen)
    return ProtocolSpec(
        name, acceptor=acceptor, leader=leader, client=Client2009, checks=(PumpsRun, OneSlotEach),
        answers="nobody",
    )  # fmt: skip


def with_mistakes(*mistakes: str) -> ProtocolSpec:
    """Return the program with these mistakes, under a name that lists them.

    Raises
    ------
    InputError
        When there is no mistake of a name.
    """
    chosen = _checked(mistakes)
    name = "-and-".join(("naive-2009-with", *chosen)) if chosen else "naive-2009-right"
    return naive(name, chosen)


def _checked(mistakes: Iterable[str]) -> tuple[str, ...]:
    """Return mistakes in their own order."""
    asked = [mistakes] if isinstance(mistakes, str) else list(mistakes)
    for one in asked:
        if one not in MISTAKES:
            hint = nearest(str(one), MISTAKES)
            message = f"mistakes: found {shorten(str(one))}{hint}; allowed: {', '.join(MISTAKES)}"
            raise InputError(message)
    return tuple(one for one in MISTAKES if one in asked)


def _with(
    naive_: type[_Role],
    right: type[_Role],
    known: Mapping[str, type[_Role]],
    chosen: Collection[str],
) -> type[_Role]:
    """Return a role that makes all the chosen mistakes: each overrides a method of its own."""
    made = tuple(mistake for name, mistake in known.items() if name in chosen)
    if len(made) == len(known):
        return naive_
    if not made:
        return right
    mixed: type[_Role] = type(f"Mixed{right.__name__}", made, {"__doc__": right.__doc__})
    return mixed
