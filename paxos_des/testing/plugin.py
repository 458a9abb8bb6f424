"""The pytest plugin: a seed, a replay, a fixture, and a failure in words.

    pytest --paxos-seed 7                  the fixture `paxos` simulates with this seed
    pytest --paxos-replay failure.json     one test, which fails while the check is violated
    pytest --paxos-profile ci              Hypothesis's profile, as PAXOS_DES_PROFILE says it too
    pytest --paxos-failures FOLDER         where failures are saved

pytest imports this at each of its starts: so it imports nothing that takes time until it is used.
"""

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from paxos_des.cluster.scenario import Scenario
    from paxos_des.run import Run
    from paxos_des.testing.safe import UnsafeError

PROFILE = "PAXOS_DES_PROFILE"
SECTION = "paxos_des"
_IS_ALONE = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("paxos_des", "simulations of Paxos")
    group.addoption(
        "--paxos-seed", type=int, default=0, metavar="N",
        help="the seed with which the fixture `paxos` simulates (default: 0)",
    )  # fmt: skip
    group.addoption(
        "--paxos-replay", action="append", default=[], metavar="FILE",
        help="replay a failure file: as the only test, or before those that are named",
    )  # fmt: skip
    group.addoption(
        "--paxos-profile", default=None, metavar="NAME",
        help=f"dev, ci or deep: Hypothesis's profile (default: ${PROFILE}, if it is set)",
    )  # fmt: skip
    group.addoption(
        "--paxos-failures", default=None, metavar="FOLDER",
        help="where failures are saved (default: in pytest's cache)",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    from paxos_des.testing.folder import use_folder  # noqa: PLC0415 - it is light

    use_folder(_folder(config))
    config.stash[_IS_ALONE] = _is_alone(config)
    chosen = config.getoption("--paxos-profile") or os.environ.get(PROFILE)
    if chosen:
        from paxos_des.errors import InputError  # noqa: PLC0415 - only where a profile is chosen
        from paxos_des.testing.profiles import choose  # noqa: PLC0415 - it imports Hypothesis

        try:
            choose(chosen)
        except InputError as error:
            raise pytest.UsageError(str(error)) from None


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Collect nothing else where there is a replay, and nobody named tests."""
    return True if config.stash.get(_IS_ALONE, False) else None


def pytest_collection_modifyitems(
    session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Put an item for each failure file in front: what failed once is run first."""
    folder = config.invocation_params.dir
    items[:0] = [
        ReplayItem.from_parent(session, name=f"replay {name}", file=folder / name)
        for name in config.getoption("--paxos-replay")
    ]


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist's, which may not be there
    """Tell each worker of xdist what it cannot see: whether tests were named."""
    node.workerinput["paxos_is_alone"] = node.config.stash.get(_IS_ALONE, False)


def _is_alone(config: pytest.Config) -> bool:
    """Return whether there are replays, and no tests named beside them."""
    workerinput = getattr(config, "workerinput", None)
    if workerinput is not None:
        return bool(workerinput["paxos_is_alone"])
    is_named = config.args_source is pytest.Config.ArgsSource.ARGS
    return bool(config.getoption("--paxos-replay")) and not is_named


class ReplayItem(pytest.Item):
    """Replays a failure file: it passes once the check is not violated any more."""

    def __init__(self, *, file: Path, **said: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**said)
        self.file = file
        self.page = ""

    def runtest(self) -> None:
        from paxos_des.failure import Failure  # noqa: PLC0415 - where there is one
        from paxos_des.report.diagram import space_time  # noqa: PLC0415 - likewise
        from paxos_des.report.words import page_of  # noqa: PLC0415 - likewise

        failure = Failure.load(self.file)
        run = failure.replay("trace")
        violation = run.first_violation
        if violation is not None:
            self.page = f"{page_of(failure, str(self.file))}\n{space_time(run)}"
            message = f"{violation.check} is violated: {violation.what}"
            raise AssertionError(message)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:  # noqa: ANN401, ARG002 - pytest's own
        """Say it in one sentence; the section has the rest."""
        return str(excinfo.value)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.file, None, self.name


class Paxos:
    """What the fixture `paxos` is: simulations with the seed of `--paxos-seed`.

    Attributes
    ----------
    seed
        The seed; it stands in the report of a test that fails.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def simulate(self, scenario: "Scenario", **how: Any) -> "Run":  # noqa: ANN401 - as `simulate` has it
        """Simulate a scenario, with this seed unless `seed` or `schedule` is given."""
        from paxos_des.run import simulate  # noqa: PLC0415 - it imports NumPy

        if "seed" not in how and how.get("schedule") is None:
            how["seed"] = self.seed
        return simulate(scenario, **how)

    def assert_safe(self, run: "Run") -> None:
        """Raise if a run violates a safety check: see `paxos_des.testing.assert_safe`."""
        from paxos_des.testing.safe import assert_safe  # noqa: PLC0415 - it imports NumPy

        assert_safe(run)


@pytest.fixture
def paxos(request: pytest.FixtureRequest) -> Paxos:
    """Simulate with the seed of `--paxos-seed`."""
    return Paxos(request.config.getoption("--paxos-seed"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add a section to the report of a test that fails: the failure in words, and the seed."""
    unsafe = [] if call.excinfo is None else list(_unsafe_in(call.excinfo.value))
    for error in unsafe:
        error.is_brief = True  # the section has the rest
    report = yield
    if report.failed:
        parts = [error.page for error in unsafe]
        if isinstance(item, ReplayItem) and item.page:
            parts.append(item.page)
        fixture = getattr(item, "funcargs", {}).get("paxos")
        if isinstance(fixture, Paxos):
            parts.append(f"simulated with --paxos-seed {fixture.seed}\n")
        if parts:
            report.sections.append((SECTION, "\n".join(parts)))
    for error in unsafe:
        error.is_brief = False
    return report


def _unsafe_in(error: BaseException) -> Iterator["UnsafeError"]:
    """Find what `assert_safe` raised: itself, or in the group that Hypothesis makes of several."""
    import sys  # noqa: PLC0415 - only where something failed

    safe = sys.modules.get("paxos_des.testing.safe")  # if nobody imported it, nobody raised it
    if safe is None:
        return
    if isinstance(error, safe.UnsafeError):
        yield error
    elif isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _unsafe_in(one)


def _folder(config: pytest.Config) -> Path | None:
    chosen = config.getoption("--paxos-failures")
    if chosen is not None:
        return Path(config.invocation_params.dir / chosen)
    cache = getattr(config, "cache", None)
    return None if cache is None else Path(cache._cachedir) / "d" / "paxos-failures"
