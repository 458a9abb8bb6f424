"""Faults as tables, as one line of JSON, and in words."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paxos_des import Scenario
from paxos_des.cluster.aims import Roles, check_fault
from paxos_des.cluster.faults import RULES, Fault, fault
from paxos_des.cluster.partitions import SHAPES
from paxos_des.errors import ScenarioError

ROLES = Roles(
    ("leader-0", "leader-1"), tuple(f"acceptor-{place}" for place in range(5)), ("client-0",)
)
SAID: list[tuple[dict[str, Any], str]] = [
    ({"crash": "acceptor-1", "for": "30ms"}, "crash acceptor-1 for 30 ms"),
    (
        {"crash": "primary", "when": "before-durable"},
        "crash the primary just before its next record is durable",
    ),
    ({"restart": "acceptor-1"}, "restart acceptor-1"),
    ({"fail": "acceptor-*", "for": "1s"}, "make acceptor-* deaf for 1 s"),
    ({"pause": "leader-0"}, "pause leader-0"),
    ({"slow": "leader-0", "by": "200us"}, "slow leader-0 down by 200 µs a message"),
    (
        {"storm": "leader-0", "times": 3, "every": "40ms"},
        "crash and restart leader-0 3 times, every 40 ms",
    ),
    ({"cut": ["leader-0", "acceptor-1"]}, "cut the link from leader-0 to acceptor-1"),
    (
        {"cut": ["leader-0", "primary"], "ways": "both", "for": "1ms"},
        "cut the link between leader-0 and the primary for 1 ms",
    ),
    ({"heal": ["leader-0", "acceptor-1"]}, "mend the link from leader-0 to acceptor-1"),
    ({"heal": "leader-0"}, "heal leader-0"),
    ({"heal": "all"}, "heal everything"),
    ({"clog": ["leader-0", "*"], "by": "5ms"}, "clog the link from leader-0 to * by 5 ms"),
    ({"hold": ["leader-0", "*"]}, "hold back what goes from leader-0 to *"),
    ({"release": ["leader-0", "*"]}, "release what was held back from leader-0 to *"),
    (
        {"filter": ["leader-0", "*"], "types": ["Accept", "Prepare"]},
        "lose every Accept or Prepare from leader-0 to *",
    ),
    (
        {"bandwidth": ["leader-0", "*"], "by": "50us"},
        "let a message take 50 µs on the wire from leader-0 to *",
    ),
    (
        {"flap": ["leader-0", "leader-1"], "times": 2, "every": "10ms", "ways": "both"},
        "cut and mend the link between leader-0 and leader-1 2 times, every 10 ms",
    ),
    ({"partition": "quorum-loss"}, "part the nodes in the shape quorum-loss"),
    (
        {"partition": [["leader-0", "acceptor-0"], ["leader-1"]]},
        "part leader-0, acceptor-0 from leader-1",
    ),
    (
        {"rot": "acceptor-0", "back": 2, "for": "5ms"},
        "let acceptor-0's disk rot in record 2 from the end, to be found out by a crash after 5 ms",
    ),
    ({"rot": "acceptor-0"}, "let acceptor-0's disk rot in the last record"),
    ({"fsync-fails": "acceptor-0"}, "fail acceptor-0's next fsync"),
    ({"misdirect": "acceptor-0"}, "misdirect acceptor-0's next write"),
    ({"slow-disk": "acceptor-0", "by": "5ms"}, "slow acceptor-0's disk down by 5 ms"),
    ({"rate": "leader-0", "to": 1.05}, "let leader-0's clock run 1.05 times as fast"),
    ({"step": "leader-0", "by": "-50ms"}, "set leader-0's clock by -50 ms"),
    ({"resume": "leader-0"}, "let leader-0 go on"),
]


@pytest.mark.parametrize(("table", "words"), SAID)
def test_says_itself_in_words(table: dict[str, Any], words: str) -> None:
    assert str(fault({"at": "1s", **table}, "a test")) == words


@pytest.mark.parametrize(("table", "words"), SAID)
def test_is_written_as_it_was_given(table: dict[str, Any], words: str) -> None:
    del words
    found = {"at": "1s", **table}

    assert fault(found, "a test").to_dict() == found
    assert Scenario(faults=[found]).to_dict()["faults"] == [found]


def test_every_kind_is_said() -> None:
    kinds = {fault({"at": "1s", **table}, "a test").kind for table, _ in SAID}

    assert kinds == set(RULES)


nodes = st.sampled_from([*ROLES.all, "acceptor-*", "primary", "*"])
times_us = st.integers(1, 10**9)
OPTIONS: dict[str, st.SearchStrategy[Any]] = {
    "for_us": st.none() | times_us,
    "when": st.sampled_from(["now", "before-durable", "after-durable"]),
    "ways": st.sampled_from(["one", "both"]),
    "by_us": st.integers(0, 10**9),
    "times": st.integers(1, 1_000),
    "every_us": st.integers(2, 10**9),
    "back": st.integers(1, 10**9),
    "rate_ppm": st.integers(100_000, 10_000_000),
    "types": st.lists(st.sampled_from(["Accept", "Mine"]), min_size=1, unique=True).map(tuple),
    "draw": st.integers(0, 2**53),
}
ATTRIBUTES = {
    "for": "for_us", "by": "by_us", "every": "every_us", "to": "rate_ppm",
}  # fmt: skip


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """Any fault that can be written."""
    kind = draw(st.sampled_from(tuple(RULES)))
    rule = RULES[kind]
    fields: dict[str, Any] = {"at_us": draw(st.integers(0, 10**12)), "kind": kind}
    for option in (*rule.required, *rule.optional):
        attribute = ATTRIBUTES.get(option, option)
        fields[attribute] = draw(OPTIONS[attribute])
    if kind == "step":
        fields["by_us"] *= draw(st.sampled_from([1, -1]))
    if rule.aim == "node":
        fields["nodes"] = (draw(nodes),)
    elif rule.aim == "link":
        fields["nodes"] = (draw(nodes), draw(nodes))
    elif rule.aim == "parts" and draw(st.booleans()):
        fields["shape"] = draw(st.sampled_from(tuple(SHAPES)))
    elif rule.aim == "parts":
        group = st.lists(nodes, min_size=1, max_size=3).map(tuple)
        fields |= {"groups": tuple(draw(st.lists(group, min_size=1, max_size=3))), "draw": 0}
    return Fault(**fields)


@given(faults())
def test_any_fault_survives_being_written_as_a_table_and_as_one_line(one: Fault) -> None:
    text = one.to_text()

    assert fault(json.loads(json.dumps(one.to_dict())), "a test") == one
    assert Fault.from_text(text, "a test") == one
    assert text.isprintable()
    assert Fault.from_text(text, "a test").to_text() == text
    assert str(one).isprintable()


@given(faults())
def test_any_fault_is_aimed_at_what_there_is_or_refused_in_one_sentence(one: Fault) -> None:
    try:
        check_fault(one, ROLES, "a test")
    except ScenarioError as refused:
        assert str(refused).startswith("a test: found ")  # noqa: PT017 - most are not refused
    else:
        is_of_links = RULES[one.kind].aim in ("link", "parts")
        for leader in ROLES.leaders:
            found = ROLES.links(one, leader) if is_of_links else ()
            assert all(ROLES.has_link(*link) for link in found)


@pytest.mark.parametrize("text", ["", "{", "7", '{"at":"1s"}', "[" * 100_000, "nothing"])
def test_refuses_a_text_that_is_no_fault_in_one_sentence(text: str) -> None:
    with pytest.raises(ScenarioError, match="a test: found ") as refused:
        Fault.from_text(text, "a test")

    assert str(refused.value).isprintable()


def test_the_primary_is_looked_up_when_it_happens() -> None:
    crash = Fault(0, "crash", ("primary",))
    cut = Fault(0, "cut", ("primary", "acceptor-0"), ways="both")

    assert ROLES.nodes(crash, "leader-1") == ("leader-1",)
    assert ROLES.links(cut, "leader-0") == (("leader-0", "acceptor-0"), ("acceptor-0", "leader-0"))


def test_patterns_mean_all_links_that_there_are() -> None:
    cut = Fault(0, "cut", ("leader-*", "*-0"))

    assert ROLES.links(cut, "leader-0") == (
        ("leader-0", "acceptor-0"), ("leader-0", "client-0"),
        ("leader-1", "leader-0"), ("leader-1", "acceptor-0"), ("leader-1", "client-0"),
    )  # fmt: skip
