"""Disks of tests: what they keep are structs that Paxos knows nothing of."""

from collections.abc import Iterable
from typing import ClassVar

import msgspec

from paxos_des.engine.choices import Chooser, Decision, Key, Kind, Remember, name_of
from paxos_des.engine.delays import Constant
from paxos_des.engine.disk import Batch, Disk, DiskModel, Refused
from paxos_des.engine.world import World

NODE = "acceptor-0"


class Note(msgspec.Struct, frozen=True, tag=True):
    """A record of no meaning."""

    IDENTITY: ClassVar = ("number",)

    number: int
    text: str = ""


def notes(*numbers: int) -> list[Note]:
    return [Note(number) for number in numbers]


class Desk:
    """A disk in a world, and what it told."""

    def __init__(
        self,
        model: DiskModel | int = 0,
        *,
        seed: int | None = None,
        schedule: Iterable[Decision] = (),
        remember: Remember = "nothing",
    ) -> None:
        self.world = World()
        self.chooser = Chooser(seed, schedule, remember=remember)
        self.done: list[tuple[int, list[Note]]] = []
        self.batches: list[Batch] = []
        self.failed: list[int] = []
        if isinstance(model, int):
            model = DiskModel(fsync=Constant(model))
        decode = msgspec.json.Decoder(Note).decode
        self.disk = Disk(
            self.world, self.chooser, NODE, model, msgspec.json.encode, decode, self._note
        )
        self.disk.on_failed = self._fail

    def _note(self, batch: Batch) -> None:
        self.batches.append(batch)
        self.done.append((self.world.now, batch.records))

    def _fail(self) -> None:
        self.failed.append(self.world.now)
        self.disk.crash()

    @property
    def acknowledged(self) -> list[Note]:
        return [record for _, records in self.done for record in records]

    def append(self, *numbers: int) -> None:
        for record in notes(*numbers):
            self.disk.append(record)

    def until(self, at_us: int) -> None:
        """Let time pass up to that instant; what is due then is done."""
        self.world.call_at(at_us, lambda _: self.world.stop(), None)
        self.world.run()

    def restart(self) -> list[Note] | Refused:
        self.disk.crash()
        return self.disk.recover()


def of_crash(kind: Kind, answer: int, copy: int = 1) -> Decision:
    return Decision(Key(kind, (NODE,), name_of({"crash": NODE}), copy), answer)


def of_append(kind: Kind, number: int, answer: int | bool, copy: int = 1) -> Decision:  # noqa: FBT001 - an answer
    what = {"append": {"type": "Note", "number": number}}
    return Decision(Key(kind, (NODE,), name_of(what), copy), answer)
