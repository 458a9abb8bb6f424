"""What tests of figures share."""

import pytest
from figure_tables import ends

from paxos_des.study import estimates as study_estimates
from paxos_des.study.exact import EXACT, Exact


@pytest.fixture
def plain_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have estimates that a reader can check: see `ends`."""
    monkeypatch.setattr(study_estimates, "estimates", ends)


@pytest.fixture
def theory(monkeypatch: pytest.MonkeyPatch) -> Exact:
    """Return a closed form that does not apply to five acceptors."""
    exact = Exact(
        name="theory",
        says="What a test takes for true.",
        column="reply_mean_us",
        value=lambda scenario, _: None if scenario.acceptors == 5 else 3_000 * (1 + scenario.drop),
    )
    for name in list(EXACT):
        monkeypatch.delitem(EXACT, name)
    monkeypatch.setitem(EXACT, "theory", exact)
    return exact
