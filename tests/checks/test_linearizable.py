"""Client histories are judged as brute force judges them, and a wrong one is explained."""

import random
import time
import tracemalloc
from collections.abc import Collection, Sequence

import msgspec
import pytest
from histories import MODELS, busy_history, is_linearizable, random_history

from paxos_des.checks.history import judge_history
from paxos_des.checks.models import Model
from paxos_des.checks.objects import ClientOperation

FEW, MANY = range(3000), range(3000, 103_000)


def did(
    client: int, operation: tuple[object, ...], invoked: int, completed: int | None, result: object
) -> ClientOperation:
    """Make an operation, numbered by when it was invoked."""
    name = f"client-{client}"
    return ClientOperation(name, invoked, operation, invoked, completed, result)  # type: ignore[arg-type]


def with_only(history: Sequence[ClientOperation], known: Collection[int]) -> list[ClientOperation]:
    """Return the history with the outcomes of all others forgotten."""
    return [
        it if place in known else msgspec.structs.replace(it, completed=None, result=None)
        for place, it in enumerate(history)
    ]


def agree_with_brute_force(seeds: Collection[int]) -> dict[tuple[Model, bool], int]:
    """Judge one history for each seed, and hold verdict and core against brute force."""
    counts: dict[tuple[Model, bool], int] = {}
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311 - histories, no secrets
        model = MODELS[seed % len(MODELS)]
        history = random_history(chance, model, chance.randrange(1, 9))
        is_right = is_linearizable(history, model)
        judgement = judge_history(history, model)

        assert judgement.verdict == ("ok" if is_right else "violated"), (seed, history)
        counts[model, is_right] = counts.get((model, is_right), 0) + 1
        if not is_right:
            core = set(judgement.core)
            assert not is_linearizable(with_only(history, core), model), seed
            assert not is_linearizable([history[place] for place in sorted(core)], model), seed
            for place in core:
                assert is_linearizable(with_only(history, core - {place}), model), (seed, place)
    return counts


def test_agrees_with_brute_force_and_its_cores_are_minimal() -> None:
    counts = agree_with_brute_force(FEW)

    assert all(counts[model, is_right] > 20 for model in MODELS for is_right in (True, False))


@pytest.mark.deep
def test_agrees_with_brute_force_on_100_000_histories() -> None:
    counts = agree_with_brute_force(MANY)

    assert sum(counts.values()) == 100_000


def plant_stale_read(history: list[ClientOperation]) -> int:
    """Let a late read return what was overwritten before it began; return its place."""
    for place in range(len(history) * 2 // 3, len(history)):
        read = history[place]
        if read.operation[0] != "get" or read.completed is None:  # type: ignore[index]
            continue
        key = read.operation[1]  # type: ignore[index]
        puts = sorted(
            (it.completed, it.invoked, it.operation[2])  # type: ignore[index]
            for it in history
            if it.completed is not None
            and it.completed < read.invoked
            and it.operation[:2] == ("put", key)  # type: ignore[index]
        )
        stale = puts[-12]
        if any(invoked > stale[0] for _, invoked, _ in puts):
            history[place] = msgspec.structs.replace(read, result=stale[2])
            return place
    message = "no read can be made stale"
    raise AssertionError(message)


def test_decides_10_000_operations_of_10_clients_on_10_keys() -> None:
    history = busy_history(seed=1, size=10_000, clients=10, keys=10)
    tracemalloc.start()
    began = time.process_time()
    judgement = judge_history(history, "kv")
    took = time.process_time() - began
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert judgement.verdict == "ok"
    assert sum(it.completed is None for it in history) > 100
    assert took < 10
    assert most < 100 * 2**20


def test_finds_and_names_a_stale_read_among_10_000_operations() -> None:
    history = busy_history(seed=2, size=10_000, clients=10, keys=10)
    place = plant_stale_read(history)
    read = history[place]
    began = time.process_time()
    judgement = judge_history(history, "kv")
    took = time.process_time() - began

    assert judgement.verdict == "violated"
    assert place in judgement.core
    assert len(judgement.core) <= 4
    said = f"{read.client}'s get {read.sequence} of {read.operation[1]} returned {read.result}, "  # type: ignore[index]
    assert judgement.what.startswith(f"{said}although ")
    assert judgement.what.endswith("was complete before it began")
    assert took < 10


def test_a_stale_read_is_said_with_what_was_complete_before_it() -> None:
    history = [
        did(1, ("put", "k2", 5), 0, 1, None),
        did(2, ("put", "k2", 6), 2, 3, None),
        did(1, ("get", "k9"), 4, 6, None),
        did(3, ("get", "k2"), 5, 7, 5),
    ]

    said = (
        "client-3's get 5 of k2 returned 5, "
        "although client-2's put 2 of k2 to 6 was complete before it began"
    )
    assert judge_history(history, "kv") == (
        "violated",
        (0, 1, 3),
        said,
        3,
    )


def test_a_write_whose_outcome_is_unknown_may_take_effect_late_or_never() -> None:
    write = did(0, ("write", 1), 0, None, None)
    late = did(1, ("read",), 5, 6, 1)

    assert judge_history([write, did(1, ("read",), 1, 2, None), late], "register").verdict == "ok"
    assert judge_history([write, did(1, ("read",), 1, 2, None)], "register").verdict == "ok"
    back = did(1, ("read",), 7, 8, None)
    assert judge_history([write, late, back], "register").verdict == "violated"


def test_true_is_not_one() -> None:
    history = [did(0, ("write", 1), 0, 1, None), did(0, ("read",), 2, 3, True)]

    assert judge_history(history, "register").verdict == "violated"


def test_what_a_model_does_not_know_answers_null() -> None:
    put = did(0, ("put", "x", 1), 0, 1, None)

    assert judge_history([put, did(0, ("read",), 2, 3, None)], "register").verdict == "ok"
    assert judge_history([did(0, ("put", "x", 1), 0, 1, True)], "list").verdict == "violated"


def test_is_unknown_when_its_steps_run_out() -> None:
    history = busy_history(seed=3, size=200, clients=10, keys=1)

    assert judge_history(history, "kv", steps_max=20) == ("unknown", (), "", 21)
    assert judge_history(history, "kv").verdict == "ok"


def test_decides_a_long_list() -> None:
    history = []
    for length, moment in enumerate(range(0, 6000, 6)):
        append = did(0, ("append", moment), moment, moment + 4, length + 1)
        shown = tuple(range(0, 6 * length, 6))
        history += [append, did(1, ("read",), moment + 1, moment + 5, shown)]

    assert judge_history(history, "list").verdict == "ok"
    history[-1] = msgspec.structs.replace(history[-1], result=(1, *history[-1].result[1:]))
    assert judge_history(history, "list").verdict == "violated"
