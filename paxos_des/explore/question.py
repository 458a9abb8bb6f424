"""The question that shrinking asks again and again: whether a schedule still violates the check.

It is judged by the check's identity alone, over the dull run. What a schedule holds and its run
never asks for costs nothing: it is left out at once, and so is all that would come after the
violation. A question that was asked before is not asked again.
"""

import time
from dataclasses import dataclass

from paxos_des.cluster.scenario import Scenario
from paxos_des.engine.choices import Decision
from paxos_des.errors import InputError, shorten
from paxos_des.failure import replay
from paxos_des.run_checks import is_judged_at_the_end

JUDGED_AT_THE_END = ("liveness", "progress")
"""Checks that rest on when a run ends. What violates another, violates it in any longer run."""

Schedule = tuple[Decision, ...]


class ExhaustedError(Exception):
    """So many runs, or seconds, were allowed, and they are over."""


class Setting:
    """A scenario, and what was found out about schedules in it.

    Attributes
    ----------
    refuted
        Schedules that do not violate the check.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.found: dict[Schedule, Found] = {}
        self.refuted: set[Schedule] = set()


@dataclass(frozen=True, slots=True)
class Found:
    """A schedule that violates the check, and nothing in it that its run does not ask for.

    Attributes
    ----------
    at_us
        When the check is violated.
    """

    setting: Setting
    schedule: Schedule
    at_us: int

    @property
    def scenario(self) -> Scenario:
        return self.setting.scenario


class Question:
    """Whether a check is violated, and how often it was asked.

    Parameters
    ----------
    runs_max, seconds_max
        How many runs, and seconds of wall clock, may go by.

    Attributes
    ----------
    runs
        How many there were.
    """

    def __init__(
        self, check: str, *, runs_max: int | None = None, seconds_max: float | None = None
    ) -> None:
        self.check = check
        self.runs = 0
        self._settings: dict[Scenario, Setting] = {}
        self._runs_max = runs_max
        self._ends_at_s = None if seconds_max is None else time.monotonic() + seconds_max

    def setting(self, scenario: Scenario, longer: Setting | None = None) -> Setting:
        """Return what is known of a scenario.

        Parameters
        ----------
        longer
            The same but for a later horizon: what does not violate the check there, does not here.
        """
        found = self._settings.get(scenario)
        if found is None:
            found = self._settings[scenario] = Setting(scenario)
        if longer is not None and not is_judged_at_the_end(scenario, self.check):
            found.refuted |= longer.refuted
        return found

    def start(self, setting: Setting, schedule: Schedule) -> Found:
        """Return what is left of a schedule with which everything begins.

        Raises
        ------
        InputError
            When it cannot be run, or does not violate the check.
        """
        self.runs += 1
        found = _judged(setting, schedule, self.check)
        if found is None:
            message = (
                f"schedule: found one that does not violate {shorten(self.check)}; "
                "allowed is one that does"
            )
            raise InputError(message)
        setting.found[schedule] = setting.found[found.schedule] = found
        return found

    def ask(self, setting: Setting, schedule: Schedule) -> Found | None:
        """Return what is left of a schedule that violates the check; None if it does not.

        Raises
        ------
        ExhaustedError
            When no more may be asked.
        """
        if schedule in setting.refuted:
            return None
        known = setting.found.get(schedule)
        if known is None:
            known = self._ask_anew(setting, schedule)
            if known is None:
                setting.refuted.add(schedule)
            else:
                setting.found[schedule] = setting.found[known.schedule] = known
        return known

    def _ask_anew(self, setting: Setting, schedule: Schedule) -> Found | None:
        if self._runs_max is not None and self.runs >= self._runs_max:
            raise ExhaustedError
        if self._ends_at_s is not None and time.monotonic() >= self._ends_at_s:
            raise ExhaustedError
        self.runs += 1
        try:
            return _judged(setting, schedule, self.check)
        except Exception:  # noqa: BLE001 - a protocol may break in any way, which is another failure
            return None


def _judged(setting: Setting, schedule: Schedule, check: str) -> Found | None:
    run = replay(setting.scenario, schedule, check, "nothing")
    violation = run.first_violation
    if violation is None:
        return None
    skipped = set(run.skipped)
    kept = tuple(decision for decision in schedule if decision not in skipped)
    return Found(setting, kept, violation.at_us)
