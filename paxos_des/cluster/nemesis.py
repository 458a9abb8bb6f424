"""The nemesis: draws faults as decisions, lets them happen, and heals everything in the end.

Each step has a fault of its own, at a moment of its own, and is one decision: the answer is the
fault, as compact JSON, or `nothing`, the dullest. The weather of a step depends on its number
alone, so that one fault more or less leaves the others as they were. What befalls the primary
says so, and is aimed when it happens.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from paxos_des.cluster.aims import Roles, check_fault
from paxos_des.cluster.bound import Assumptions, Bound
from paxos_des.cluster.fault_draws import draw_fault
from paxos_des.cluster.fault_model import DRAWN, FaultModel, is_left_out, label_of
from paxos_des.cluster.faults import TRUE_RATE_PPM, Fault, FaultKind
from paxos_des.cluster.havoc import NEMESIS, NOTHING, Havoc
from paxos_des.engine.choices import Chooser, Decision, Key, name_of, stream_of
from paxos_des.engine.world import World
from paxos_des.errors import ScenarioError, ScheduleError, shorten

ATTEMPTS = 6
"""How often a step draws again, when what it drew is beyond the bound."""


class Nemesis:
    """Makes faults, from one time to another.

    Parameters
    ----------
    model
        What it may do.
    assumptions
        What the bound has to know.

    Attributes
    ----------
    kinds
        Which kinds of fault are on.
    happened
        How many faults of a kind happened; partitions are counted by shape. What a cluster has
        nothing for (a disk, a clock) did not happen.
    """

    def __init__(
        self,
        model: FaultModel,
        assumptions: Assumptions,
        havoc: Havoc,
        *,
        chooser: Chooser,
        world: World,
    ) -> None:
        self._model = model
        self._roles: Roles = assumptions.roles
        self._havoc = havoc
        self._chooser = chooser
        self._world = world
        self._drawn, self._done = Bound(assumptions), Bound(assumptions)
        self.happened: Counter[str] = Counter()
        self._must_be_bounded = self._draw_bounded()
        self.kinds = self._draw_kinds()
        self._note_bounds()
        if self._must_be_bounded and assumptions.drift_ppm is not None:
            allowed = assumptions.drift_ppm / TRUE_RATE_PPM
            self._model = replace(model, drift=min(model.drift, allowed))
        steps = -(-(model.until_us - model.from_us) // model.every_us)
        for step in range(steps):
            world.call_at(model.from_us + step * model.every_us, self._take_step, step)
        world.call_at(model.until_us, self._heal, None)

    @property
    def bounded(self) -> bool:
        """Whether nothing happened that the protocol need not survive live."""
        return self._must_be_bounded and self._done.is_kept

    @property
    def options(self) -> dict[str, object]:
        """What was drawn for the whole run: for people to read."""
        return {"bounded": self._must_be_bounded, "kinds": list(self.kinds)}

    def _draw_bounded(self) -> bool:
        if self._model.bounded != "drawn":
            return self._model.bounded == "yes"
        drawn = ("bounded", "unbounded")[self._below("bounded", 0, 2)]
        return self._answer({"bounded": "drawn"}, drawn, "bounded") == "bounded"

    def _draw_kinds(self) -> tuple[FaultKind, ...]:
        kinds = self._model.kinds
        if kinds == "all":
            return DRAWN
        if kinds != "swarm":
            return kinds
        return tuple(
            kind for number, kind in enumerate(DRAWN)
            if self._answer(
                {"kind": kind}, ("off", "on")[self._below("swarm", number, 2)], "off"
            ) == "on"
        )  # fmt: skip

    def _take_step(self, step: int) -> None:
        fault = self._draw(step) if self._chooser.weather is not None and self.kinds else None
        if fault is not None:
            self._drawn.take(fault)
            if is_left_out(fault, self._model.without):
                fault = None
        drawn = NOTHING if fault is None else fault.to_text()
        answer = self._answer({"step": step}, drawn, NOTHING)
        if answer != drawn:
            fault = None if answer == NOTHING else Fault.from_text(answer, "schedule")
        if fault is not None:
            was_bounded = self.bounded
            self._done.take(fault)
            if was_bounded != self.bounded:
                self._note_bounds()
            self._world.call_at(max(fault.at_us, self._world.now), self._let_happen, fault)

    def _draw(self, step: int) -> Fault | None:
        """Draw what happens in a step; None, if all that was drawn is beyond the bound."""
        model = self._model
        for attempt in range(ATTEMPTS):
            below = self._dice(step, attempt)
            kind = self.kinds[below("kind", len(self.kinds))]
            at_us = self._world.now + below("at", model.every_us)
            fault = draw_fault(kind, at_us, self._roles, model, below)
            if at_us < model.until_us and (
                not self._must_be_bounded or self._drawn.allows(fault)
            ):  # fmt: skip
                return fault
        return None

    def _dice(self, step: int, attempt: int) -> Callable[[str, int], int]:
        count = step * ATTEMPTS + attempt
        return lambda name, size: self._below(name, count, size)

    def _below(self, name: str, count: int, size: int) -> int:
        """Return a number from 0, below `size`: the weather of this name and count."""
        weather = self._chooser.weather
        if weather is None:
            return 0
        return weather.bits(stream_of("nemesis", (NEMESIS,), name), count) * size >> 64

    def _answer(self, what: dict[str, object], drawn: str, dull: str) -> str:
        if not self._chooser.is_careful:
            return drawn
        return str(self._chooser.choose(Key("nemesis", (NEMESIS,), name_of(what), 1), drawn, dull))

    def _let_happen(self, fault: Fault) -> None:
        if self._world.now < self._model.until_us and self._havoc.apply(fault):
            self.happened[label_of(fault)] += 1

    def _note_bounds(self) -> None:
        """Say in the trace what may be expected of this run, and which kinds of fault are on."""
        deed = "bounded" if self.bounded else "unbounded"
        self._havoc.note(NEMESIS, None, deed, {"kinds": self.kinds})

    def _heal(self, _: None) -> None:
        self._havoc.heal_all()

    def dissolve(self) -> None:
        """Let go of the cluster: see `Cluster.dissolve`."""
        del self._havoc


def check_answer(decision: Decision, roles: Roles) -> None:
    """Refuse an intervention into what the nemesis does that it could not do.

    Raises
    ------
    ScheduleError
        One sentence says what was found, and what is allowed.
    """
    answer = str(decision.answer)
    what = "" if decision.key.kind == "fault" else decision.key.what
    if what.startswith('{"kind"'):
        allowed: tuple[str, ...] = ("on", "off")
    elif what.startswith('{"bounded"'):
        allowed = ("bounded", "unbounded")
    else:
        if answer != NOTHING:
            _check_fault(answer, roles)
        return
    if answer not in allowed:
        message = f"schedule: found {shorten(answer)}; allowed: {' or '.join(allowed)}"
        raise ScheduleError(message)


def _check_fault(answer: str, roles: Roles) -> None:
    try:
        check_fault(Fault.from_text(answer, "schedule"), roles, "schedule")
    except ScenarioError as error:
        raise ScheduleError(str(error)) from None
