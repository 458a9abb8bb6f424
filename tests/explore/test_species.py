"""How many behaviours there are, and how many came once: as a plain counter has it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paxos_des.explore import species
from paxos_des.explore.species import Species

DIGESTS = st.lists(st.sampled_from([0, 1, 2, 3, 2**63, 2**64 - 1]), max_size=12)


@pytest.fixture(autouse=True)
def _merges_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(species, "_MERGED_MIN", 3)


@given(st.lists(DIGESTS, max_size=8))
def test_counts_as_a_counter_does(chunks: list[list[int]]) -> None:
    found = Species()
    for chunk in chunks:
        found.add(np.array(chunk, np.uint64))

    counts = Counter(digest for chunk in chunks for digest in chunk)
    assert found.distinct == len(counts)
    assert found.once == list(counts.values()).count(1)


def test_tells_about_how_many_without_a_merge() -> None:
    found = Species()
    found.add(np.arange(10, dtype=np.uint64))
    found.add(np.arange(11, dtype=np.uint64)[10:])

    assert found.about == 10
    assert found.distinct == 11
