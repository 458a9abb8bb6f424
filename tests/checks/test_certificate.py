"""The certificate says ok only of what is right, and a search decides where it says nothing."""

import json
import random
from typing import Any

from histories import MODELS, is_linearizable, random_history

from paxos_des.checks.linearizable import Linearizability, Replica
from paxos_des.checks.models import Model, Store, deed_of, is_result
from paxos_des.checks.objects import ClientOperation
from paxos_des.engine.entries import ApplyEntry, CompleteEntry, Entry, InvokeEntry
from paxos_des.protocol.ballot import Command


def observe(check: Linearizability, entries: list[Entry]) -> None:
    observers = check.observers()
    for entry in entries:
        if entry.event in observers:
            observers[entry.event](entry)


def command_of(it: ClientOperation) -> Command:
    return Command(it.client, it.sequence, it.operation)


def entries_of(
    history: list[ClientOperation], chance: random.Random, model: Model, tries: int
) -> list[Entry]:
    """Return the entries of a history in which replicas apply its commands at some moment after
    their invocation, in an order that explains as many results as is found; some not at all.
    """
    most = -1
    best: list[tuple[float, Entry]] = []
    for _ in range(tries):
        right = 0
        found: list[tuple[float, Entry]] = []
        store = Store(model)
        moments = []
        for it in history:
            end = it.invoked + 5 if it.completed is None else it.completed
            if chance.random() < 0.9:
                moments.append((it.invoked + (end - it.invoked) * chance.random(), it.sequence))
        for slot, (moment, sequence) in enumerate(sorted(moments)):
            it = history[sequence]
            result = store.do(deed_of(model, it.operation))
            right += it.completed is not None and is_result(result, it.result)
            entry = ApplyEntry(0, 0, "apply", "leader-0", slot, command_of(it), result)
            found.append((moment, entry))
        if right > most:
            most, best = right, found
    entries: list[tuple[float, Entry]] = list(best)
    for it in history:
        command = command_of(it)
        entries.append((it.invoked, InvokeEntry(it.invoked, 0, "invoke", it.client, command)))
        if it.completed is not None:
            complete = CompleteEntry(
                it.completed, 0, "complete", it.client, command, "ok", None, it.result
            )
            entries.append((it.completed, complete))
    return [entry for _, entry in sorted(entries, key=lambda one: one[0])]


def test_never_certifies_what_brute_force_refuses() -> None:
    certified = refused = 0
    for seed in range(3000):
        chance = random.Random(seed)  # noqa: S311 - histories, no secrets
        model = MODELS[seed % len(MODELS)]
        history = random_history(chance, model, chance.randrange(1, 8))
        check = Linearizability(model, history_max=0)
        observe(check, entries_of(history, chance, model, 12))
        is_right = is_linearizable(history, model)

        assert check.verdict in ("ok", "unknown")
        assert is_right or check.verdict == "unknown", (seed, history)
        certified += check.verdict == "ok"
        refused += not is_right
    assert certified > 1000
    assert refused > 200


def test_what_is_not_certified_is_searched() -> None:
    for seed in range(600):
        chance = random.Random(seed)  # noqa: S311 - histories, no secrets
        model = MODELS[seed % len(MODELS)]
        history = random_history(chance, model, chance.randrange(1, 8))
        check = Linearizability(model)
        observe(check, entries_of(history, chance, model, 1))

        assert check.verdict == ("ok" if is_linearizable(history, model) else "violated"), seed
        assert (check.violation is not None) == (check.verdict == "violated")


PUT, READ = Command("client-0", 0, ("put", "x", 1)), Command("client-1", 0, ("get", "x"))


def stale_read(replica: Replica, result: Any, outcome: str = "ok") -> Linearizability:  # noqa: ANN401
    """Return the check of a read under a lease, which begins after a put is complete."""
    check = Linearizability(replica)
    observe(
        check,
        [
            InvokeEntry(0, 10, "invoke", "client-0", PUT),
            ApplyEntry(1, 20, "apply", "leader-0", 0, PUT),
            CompleteEntry(2, 30, "complete", "client-0", PUT, outcome, 0),
            InvokeEntry(3, 40, "invoke", "client-1", READ),
            CompleteEntry(4, 50, "complete", "client-1", READ, "ok", None, result),
        ],
    )
    return check


def test_a_stale_read_under_a_lease_is_violated_by_these_entries() -> None:
    check = stale_read("kv", None)
    check.conclude()

    assert check.violation is not None
    assert check.violation.numbers == (0, 2, 3, 4)
    assert check.violation.at_us == 50
    assert check.violation.what == (
        "client-1's get 0 of x returned null, "
        "although client-0's put 0 of x to 1 was complete before it began"
    )


def test_a_right_read_under_a_lease_is_certified() -> None:
    check = stale_read("kv", 1)

    assert check.verdict == "ok"


def test_what_failed_never_took_effect() -> None:
    assert stale_read("kv", 1, "fail").verdict == "violated"
    assert stale_read("kv", None, "fail").verdict == "ok"


def test_what_is_unknown_may_have_taken_effect() -> None:
    assert stale_read("kv", 1, "info").verdict == "ok"
    assert stale_read("kv", None, "info").verdict == "ok"


def test_without_a_replica_nothing_is_observed() -> None:
    check = Linearizability("none")

    assert check.observers() == {}
    assert check.verdict == "ok"


def test_a_slot_that_nobody_applied_proves_nothing() -> None:
    check = Linearizability("kv", history_max=0)
    observe(
        check,
        [
            InvokeEntry(0, 10, "invoke", "client-0", PUT),
            ApplyEntry(1, 20, "apply", "leader-0", 1, PUT),
            CompleteEntry(2, 30, "complete", "client-0", PUT, "ok", 1),
        ],
    )

    assert check.verdict == "unknown"


def test_a_command_that_is_applied_again_counts_once() -> None:
    check = Linearizability("list", history_max=0)
    append = Command("client-0", 0, ("append", 1))
    read = Command("client-0", 1, ("read",))
    observe(
        check,
        [
            InvokeEntry(0, 10, "invoke", "client-0", append),
            ApplyEntry(1, 20, "apply", "leader-0", 0, append, 1),
            ApplyEntry(2, 20, "apply", "leader-1", 0, append, 1),
            ApplyEntry(3, 20, "apply", "leader-0", 1, append, 1, repeated=True),
            CompleteEntry(4, 30, "complete", "client-0", append, "ok", 0, 1),
            InvokeEntry(5, 40, "invoke", "client-0", read),
            CompleteEntry(6, 50, "complete", "client-0", read, "ok", None, json.loads("[1]")),
        ],
    )

    assert check.verdict == "ok"
