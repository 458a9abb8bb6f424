"""fsync-failure-ignored: nodes that go on when an fsync fails, as if it had not."""

from dataclasses import replace

from paxos_des.cluster.registry import MULTI_PAXOS, ProtocolSpec
from paxos_des.museum.exhibit import CRASHING, Exhibit


def ignores_failed_fsyncs(protocol: ProtocolSpec) -> ProtocolSpec:
    """Return a protocol whose nodes answer although the fsync before has failed."""
    return replace(protocol, failed_fsync="ignore")


FSYNC_FAILURE_IGNORED = Exhibit(
    protocol=ignores_failed_fsyncs(MULTI_PAXOS.but("fsync-failure-ignored")),
    mutation=ignores_failed_fsyncs,
    check="agreement",
    group="storage",
    source="Rebello et al., USENIX ATC 2020, on five stores (PostgreSQL's was known as fsyncgate)",
    story=(
        "An fsync fails, is logged or tried again, and now says that all is well. "
        "The kernel has taken the pages for clean since: what was acknowledged is in memory alone, "
        "and the next crash takes it."
    ),
    settings={
        **CRASHING,
        # The next fsync fails, and then the node crashes: all of them in turn.
        "faults": [
            fault
            for number in range(12)
            for fault in (
                {
                    "at": f"{3 + 4 * number}ms",
                    "fsync-fails": f"acceptor-{number % 3}",
                    "for": "3500us",
                },
                {
                    "at": f"{6 + 4 * number}ms",
                    "crash": f"acceptor-{number % 3}",
                    "for": "500us",
                },
            )
        ],
    },
    within=100,
    not_pooled="fsyncs do not fail in the pool",
)
