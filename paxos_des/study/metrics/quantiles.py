"""Means and quantiles of one run's times, as several metrics have them."""

from collections.abc import Sequence

from paxos_des.run_record import nearest_rank
from paxos_des.study.columns import Cell, Column

_PER_MILLE = {"p50": 500, "p90": 900, "p99": 990, "p999": 999}


def quantile_columns(prefix: str, times: str) -> tuple[Column, ...]:
    """Return the columns of a mean and quantiles; `times` says of what."""
    return (
        Column(f"{prefix}_mean_us", "float", f"the mean of {times}", "µs"),
        *(
            Column(
                f"{prefix}_{name}_us",
                "int",
                f"by nearest rank, {per_mille / 10:g} % of {times} are no longer",
                "µs",
            )
            for name, per_mille in _PER_MILLE.items()
        ),
    )


def quantile_cells(prefix: str, times_us: Sequence[int]) -> dict[str, Cell]:
    """Return what those columns hold: nothing, if there are no times; p999 of fewer than a
    thousand is the longest.
    """
    if not times_us:
        return {}
    ordered = sorted(times_us)
    return {
        f"{prefix}_mean_us": sum(ordered) / len(ordered),
        **{
            f"{prefix}_{name}_us": nearest_rank(ordered, per_mille)
            for name, per_mille in _PER_MILLE.items()
        },
    }
