"""What names a slot, a ballot and a value is written as msgspec would, where that is compiled."""

from typing import Any

from built import compiled
from hypothesis import example, given
from hypothesis import strategies as st

import paxos_des.cluster.node  # noqa: F401 - which says what consists of these three
from paxos_des.engine.trace import Trace
from paxos_des.protocol.ballot import NOOP, Ballot, Command
from paxos_des.protocol.effects import Voted
from paxos_des.protocol.messages import Accept, Accepted

pytestmark = compiled

FAR = 2**63  # more than a machine word with a sign holds

numbers = (
    st.integers(0, 9)
    | st.integers(-(2**70), 2**64 - 1)
    | st.sampled_from([-1, 2**63 - 1, -(2**63)])
)
slots = numbers.filter(lambda number: -(2**63) <= number < 2**64) | st.booleans()
ballots = st.builds(Ballot, slots, slots) | st.tuples(slots, slots) | st.lists(slots, max_size=2)
values = (
    st.just(NOOP)
    | st.none()
    | st.text()
    | st.lists(slots, max_size=2)
    | st.builds(
        Command, st.text(), st.integers(-(2**53), 2**53), st.sampled_from([1, True, "x", None])
    )
)


class Encoded(Trace):
    """A trace whose entries msgspec encodes: none is written at once."""


@example([(Voted, FAR, Ballot(1, 1), NOOP)])
@example([(Accept, 1, Ballot(FAR, 1), NOOP), (Accepted, 1, Ballot(1, FAR), NOOP)])
@given(st.lists(st.tuples(st.sampled_from([Accept, Accepted, Voted]), slots, ballots, values)))
def test_a_slot_a_ballot_and_a_value_are_written_as_msgspec_encodes_them(
    said: list[tuple[type, Any, Any, Any]],
) -> None:
    traces: list[Trace] = [Trace("trace"), Encoded("trace")]
    for trace in traces:
        for kind, slot, ballot, value in said:
            trace.add_record(7, "acceptor-0", kind(slot, ballot, value))

    written, encoded = (list(trace.lines()) for trace in traces)
    assert written == encoded


def test_commands_that_are_equal_and_not_the_same_are_written_each_by_itself() -> None:
    commands = [Command("client-0", 1, (1, True)[number % 3 == 0]) for number in range(5_000)]
    traces: list[Trace] = [Trace("trace"), Encoded("trace")]
    for trace in traces:
        for slot, command in enumerate((*commands, *commands[1:], *commands)):
            trace.add_record(7, "acceptor-0", Voted(slot, Ballot(1, 1), command))

    written, encoded = (list(trace.lines()) for trace in traces)
    assert written == encoded
