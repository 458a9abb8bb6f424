"""Disks as scenarios write them: the chances of what goes wrong with them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from paxos_des.cluster import parse

DISK_FAULTS = ("fsync_fails", "misdirected", "torn", "rot")
"""What may go wrong; `DiskModel` says what each is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskFaults:
    """The chances of what goes wrong with each disk, under the names that `DiskModel` has."""

    fsync_fails: float = 0.0
    misdirected: float = 0.0
    torn: float = 0.0
    rot: float = 0.0

    def to_dict(self) -> dict[str, float]:
        return {kind: share for kind, share in asdict(self).items() if share}


def disk_faults(found: object, where: str) -> DiskFaults:
    if isinstance(found, DiskFaults):
        return found
    if not isinstance(found, Mapping):
        parse.refuse(where, found, f"a table of chances, with any of {', '.join(DISK_FAULTS)}")
    chances = parse.table(found, where, required=(), optional=DISK_FAULTS)
    return DiskFaults(
        **{kind: parse.probability(share, f"{where}, {kind}") for kind, share in chances.items()}
    )
