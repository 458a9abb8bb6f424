"""Havoc: does to a cluster what faults say, and undoes it when its time is over.

Each fault that lasts is a *hold* on what it troubles: a node that two faults have crashed is
restarted when both are over. What undoes by name (`restart`, `heal` …) ends all holds at once.
"""

from collections.abc import Callable, Iterable
from typing import Any, assert_never

from paxos_des.cluster.aims import Roles
from paxos_des.cluster.faults import Fault
from paxos_des.cluster.partitions import Link
from paxos_des.cluster.victims import Beliefs, Nodes
from paxos_des.engine.choices import Chooser, Decision
from paxos_des.engine.entries import FaultEntry
from paxos_des.engine.network import Network
from paxos_des.engine.trace import Trace
from paxos_des.engine.world import World
from paxos_des.names import NodeId

NEMESIS: NodeId = "nemesis"
"""In the trace, the node of what befalls the cluster as a whole."""
NOTHING = "nothing"
"""What a nemesis answers where it lets no fault happen."""
RESTART_US = 1_000
"""How long a node is down that crashes only for finding out what its disk kept."""

Place = tuple[NodeId, ...]
"""A node, or the two ends of a directed link."""
Held = tuple[str, Place]
"""What is held: which trouble, and where."""


class Havoc:
    """Applies faults, and undoes them.

    Parameters
    ----------
    roles
        Who is there.
    nodes, network
        What faults befall.
    """

    def __init__(
        self, roles: Roles, nodes: Nodes, *, world: World, trace: Trace, network: Network
    ) -> None:
        self._roles = roles
        self._nodes = nodes
        self._world = world
        self._trace = trace
        self._network = network
        self._beliefs = Beliefs(roles.leaders)
        trace.observers.setdefault("primary", []).append(self._beliefs.note)
        self._holds: dict[Held, dict[int, Any]] = {}
        self._rates_ppm: dict[NodeId, int] = {}
        self._applied = 0
        self._healings = 0

    def schedule(self, faults: Iterable[Fault]) -> None:
        """Let each fault happen when it says."""
        for fault in faults:
            self._world.call_at(fault.at_us, self.apply, fault)

    def schedule_chosen(self, chooser: Chooser) -> None:
        """Let happen what a schedule's own faults say: decisions whose dull answer is `nothing`,
        each of which is asked for when it is time.
        """
        for decision in chooser.faults:
            if decision.answer != NOTHING:
                fault = Fault.from_text(str(decision.answer), "schedule")
                self._world.call_at(fault.at_us, self._apply_chosen, (chooser, decision, fault))

    def _apply_chosen(self, it: tuple[Chooser, Decision, Fault]) -> None:
        chooser, decision, fault = it
        chooser.choose(decision.key, NOTHING, NOTHING)
        self.apply(fault)

    def apply(self, fault: Fault) -> bool:
        """Let a fault happen now; return whether it could: some nodes have no disk."""
        self._applied += 1
        number = self._applied
        match fault.kind:
            case "heal-all":
                self.heal_all()
                return True
            case "storm" | "flap":
                return self._repeat(fault)
            case "rot" | "misdirect" | "fsync-fails" | "step":
                return self._harm(fault, number)
            case "heal" | "restart" | "resume" | "mend" | "release":
                self._undo_by_name(fault)
                return True
            case (
                "cut" | "clog" | "hold" | "filter" | "bandwidth" | "partition"
                | "fail" | "crash" | "pause" | "slow" | "slow-disk" | "rate"
            ):  # fmt: skip
                return self._hold_all(fault, number)
            case _:
                assert_never(fault.kind)

    def heal_all(self) -> None:
        """Undo everything, and restart what is down; what was to be repeated is not."""
        self._healings += 1
        for held in tuple(self._holds):
            self._end(held)
        for name in self._roles.all:
            self._restart(name)
            self._nodes.resume(name)
            if name not in self._roles.clients:
                self._nodes.heal(name)
        self._network.faults.mend_all()
        self.note(NEMESIS, None, "healed")

    def dissolve(self) -> None:
        """Let go of the cluster: see `Cluster.dissolve`."""
        del self._nodes

    def _hold_all(self, fault: Fault, number: int) -> bool:
        """Take a hold on all that a fault means, for as long as it says."""
        if fault.kind == "partition":
            self._note_whole(fault)
        held = [it for it in self._aimed(fault) if self._begin(fault, *it, number)]
        if held and fault.for_us is not None:
            self._later(fault.for_us, self._release, (number, held))
        return bool(held)

    def _aimed(self, fault: Fault) -> list[Held]:
        primary = self._beliefs.primary()
        if fault.kind == "partition":
            return [("cut", link) for link in self._roles.links(fault, primary)]
        if fault.kind in _OF_LINKS:
            return [(fault.kind, link) for link in self._roles.links(fault, primary)]
        what = "down" if fault.kind == "crash" else fault.kind
        return [(what, (name,)) for name in self._roles.nodes(fault, primary)]

    def _begin(self, fault: Fault, what: str, place: Place, number: int) -> bool:
        """Take a hold; return whether there is anything to hold."""
        if what == "slow-disk" and self._nodes.disk(place[0]) is None:
            return False
        if what == "rate":
            clock = self._nodes.clock(place[0])
            if clock is None:
                return False
            self._rates_ppm.setdefault(place[0], clock.rate_ppm)
        self._holds.setdefault((what, place), {})[number] = _amount(fault)
        if what == "down":
            self._nodes.crash(place[0], fault.when)
        else:
            self._set(what, place)
        return True

    def _release(self, it: tuple[int, list[Held]]) -> None:
        """Let go of what one fault holds; what nothing holds any more is undone."""
        number, held = it
        for what, place in held:
            holds = self._holds.get((what, place), {})
            if number not in holds:
                continue  # it was undone by name
            if len(holds) == 1:
                self._end((what, place))
            else:
                del holds[number]
                self._set(what, place)

    def _end(self, held: Held) -> None:
        """Undo a trouble, whoever holds it."""
        what, place = held
        if self._holds.pop(held, None) is not None or what in _ALWAYS_UNDONE:
            self._set(what, place)

    def _set(self, what: str, place: Place) -> None:
        """Make a trouble what its holds say; nothing holds it: as it was."""
        holds = self._holds.get((what, place), {})
        amounts = tuple(holds.values())
        name, nodes = place[0], self._nodes
        match what:
            case "fail":
                nodes.fail(name) if holds else nodes.heal(name)
            case "pause":
                nodes.pause(name) if holds else nodes.resume(name)
            case "down":
                if not holds:
                    self._restart(name)
            case "slow":
                nodes.slow(name, sum(amounts))
                self.note(name, None, what, sum(amounts))
            case "slow-disk":
                disk = nodes.disk(name)
                assert disk is not None, name
                disk.slow_by(extra_us=sum(amounts))
                self.note(name, None, what, sum(amounts))
            case "rate":
                clock = nodes.clock(name)
                assert clock is not None, name
                rate_ppm = amounts[-1] if amounts else self._rates_ppm.pop(name)
                clock.set_rate(rate_ppm)
                self.note(name, None, what, rate_ppm)
            case _:
                self._set_on_link(what, (place[0], place[1]), amounts)

    def _set_on_link(self, what: str, link: Link, amounts: tuple[Any, ...]) -> None:
        """Trouble a link as its holds say, and note what has changed."""
        faults, trouble = self._network.faults, self._network.links[link[0]][link[1]].trouble
        was_cut = trouble is not None and trouble.is_cut
        was_held = trouble is not None and trouble.is_held
        match what:
            case "cut":
                faults.set_cut(*link, is_cut=bool(amounts))
                if was_cut != bool(amounts):
                    self.note(*link, "cut" if amounts else "mend")
            case "hold":
                faults.hold(*link) if amounts else faults.release(*link)
                if was_held != bool(amounts):
                    self.note(*link, "hold" if amounts else "release")
            case "clog":
                faults.clog(*link, sum(amounts))
                self.note(*link, what, sum(amounts))
            case "bandwidth":
                faults.set_bandwidth(*link, sum(amounts))
                self.note(*link, what, sum(amounts))
            case "filter":
                types = sorted({name for types in amounts for name in types})
                faults.set_filter(*link, types)
                self.note(*link, what, types)
            case _:
                raise AssertionError(what)

    def _undo_by_name(self, fault: Fault) -> None:
        primary = self._beliefs.primary()
        if fault.kind in ("mend", "release"):
            troubles = ("hold",) if fault.kind == "release" else _OF_LINKS
            for link in self._roles.links(fault, primary):
                for what in troubles:
                    self._end((what, link))
                if fault.kind == "mend":
                    self._network.faults.mend(*link)  # a user's own process may trouble it too
            return
        what = {"heal": "fail", "restart": "down", "resume": "pause"}[fault.kind]
        for name in self._roles.nodes(fault, primary):
            self._end((what, (name,)))

    def _harm(self, fault: Fault, number: int) -> bool:
        """Do what leaves its mark at once, or at the next write."""
        done = False
        for name in self._roles.nodes(fault, self._beliefs.primary()):
            detail = self._harm_one(fault, name)
            if detail is None:
                continue
            done = True
            self.note(name, None, fault.kind, detail)
            if fault.for_us is None:
                continue
            if fault.kind == "fsync-fails":
                self._holds.setdefault(("down", (name,)), {})[number] = None
                self._later(fault.for_us, self._release, (number, [("down", (name,))]))
            else:
                crash = Fault(0, "crash", (name,), for_us=RESTART_US)
                self._later(fault.for_us, self.apply, crash)
        return done

    def _harm_one(self, fault: Fault, name: NodeId) -> int | None:
        """Harm a disk or a clock; return how much, or None where there is nothing to harm."""
        if fault.kind == "step":
            clock = self._nodes.clock(name)
            if clock is None:
                return None
            clock.step(fault.by_us)
            return fault.by_us
        disk = self._nodes.disk(name)
        if disk is None:
            return None
        match fault.kind:
            case "rot":
                return fault.back if disk.rot(fault.back) else None
            case "misdirect":
                disk.misdirect_next(fault.back)
                return fault.back
            case _:
                disk.fail_next()
                return 1

    def _repeat(self, fault: Fault) -> bool:
        """Let it happen so many times: now, and again after each `every`, for half of it."""
        self._note_whole(fault)
        primary = self._beliefs.primary()
        if fault.kind == "storm":
            one = [Fault(0, "crash", (name,), for_us=fault.every_us // 2)
                   for name in self._roles.nodes(fault, primary)]  # fmt: skip
        else:
            one = [Fault(0, "cut", link, for_us=fault.every_us // 2)
                   for link in self._roles.links(fault, primary)]  # fmt: skip
        for time in range(fault.times):
            for each in one:
                self._later(time * fault.every_us, self.apply, each)
        return bool(one)

    def _restart(self, name: NodeId) -> None:
        disk = self._nodes.disk(name)
        if disk is not None:
            disk.disarm()
        self._nodes.restart(name)

    def _later(self, after_us: int, deed: Callable[[Any], object], argument: object) -> None:
        """Do something after a time, unless all is healed before."""
        it = (self._healings, deed, argument)
        self._world.call_at(self._world.now + after_us, self._do_unless_healed, it)

    def _do_unless_healed(self, it: tuple[int, Callable[[Any], object], object]) -> None:
        healings, deed, argument = it
        if healings == self._healings:
            deed(argument)

    def _note_whole(self, fault: Fault) -> None:
        """Note a fault that is made of many: each of them is noted too."""
        table = fault.to_dict()
        del table["at"]
        self.note(NEMESIS, None, fault.kind, table)

    def note(self, node: NodeId, peer: NodeId | None, deed: str, detail: object = None) -> None:
        """Note in the trace what befell a node, a link, or, with NEMESIS, the cluster."""
        self._trace.add(FaultEntry, self._world.now, "nemesis", node, peer, deed, detail)


_OF_LINKS = ("cut", "clog", "hold", "filter", "bandwidth")
_ALWAYS_UNDONE = ("fail", "down", "pause")
"""What may hold without a fault: nodes that are failed from the start, or by a user's process."""


def _amount(fault: Fault) -> object:
    """Return how much of a trouble a fault is."""
    if fault.kind == "filter":
        return fault.types
    return fault.rate_ppm if fault.kind == "rate" else fault.by_us
