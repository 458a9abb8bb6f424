"""Who does the tasks of a hunt: this process, or others.

Other processes are started afresh, as on every system: so they import the main module, and the one
that registered the protocol here.
"""

import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from signal import SIG_IGN, SIGINT, signal
from typing import Any, NamedTuple, Protocol

from paxos_des.cluster.registry import import_protocols
from paxos_des.errors import InputError
from paxos_des.explore.worker import Chunk, Plan, Result, Task, TryChunk, Worker
from paxos_des.processes import deaf_to_interrupts, end_with_parent


class Crew(Protocol):
    """Does tasks."""

    @property
    def free(self) -> int:
        """How many tasks may be given now."""
        ...

    def give(self, task: Task) -> None: ...

    def tell(self, news: Sequence[bytes]) -> None:
        """Let all know what the strategy had learned before; what one learns now, all hear."""

    def results(self, seconds: float) -> list[Result]:
        """Return what is done; wait so long for the first, at most."""
        ...

    def close(self) -> None: ...


class Alone:
    """Does a task when its result is asked for, in this process."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._task: Task | None = None

    @property
    def free(self) -> int:
        return int(self._task is None)

    def give(self, task: Task) -> None:
        assert self._task is None, self._task
        self._task = task

    def tell(self, news: Sequence[bytes]) -> None:
        self._worker.hear(news)

    def results(self, seconds: float) -> list[Result]:  # noqa: ARG002 - it is done by then
        task, self._task = self._task, None
        return [] if task is None else [self._worker.do(task)]

    def close(self) -> None:
        """Have nothing to close."""


class _Member(NamedTuple):
    process: SpawnProcess
    line: Connection


class Many:
    """Has other processes do tasks, one at a time each.

    They end with us, whatever ends us; an interrupt at a terminal is for us to heed.
    """

    def __init__(self, plan: Plan, jobs: int) -> None:
        self._members: list[_Member] = []
        context = get_context("spawn")
        try:
            with deaf_to_interrupts():
                for _ in range(jobs):
                    ours, theirs = context.Pipe()
                    process = context.Process(target=_work, args=(theirs, plan), daemon=True)
                    process.start()
                    theirs.close()
                    self._members.append(_Member(process, ours))
        except BaseException:
            self.close()
            raise
        self._idle = list(self._members)
        self._busy: dict[Connection, _Member] = {}
        self._untold: dict[Connection, list[bytes]] = {one.line: [] for one in self._members}

    @property
    def free(self) -> int:
        return len(self._idle)

    def give(self, task: Task) -> None:
        member = self._idle.pop()
        self._busy[member.line] = member
        news = self._untold[member.line]
        if news and isinstance(task, TryChunk):
            task = task._replace(news=tuple(news))
            news.clear()
        with _told(member):
            member.line.send(task)

    def tell(self, news: Sequence[bytes]) -> None:
        for untold in self._untold.values():
            untold.extend(news)

    def results(self, seconds: float) -> list[Result]:
        found: list[Result] = []
        for line in wait(list(self._busy), seconds):
            assert isinstance(line, Connection), line
            member = self._busy.pop(line)
            self._idle.append(member)
            with _told(member):
                answer = line.recv()
            match answer:
                case _Refused(sentence):
                    raise InputError(sentence)
                case _Broken(told):
                    message = f"a process of the hunt failed:\n{told}"
                    raise RuntimeError(message)
                case Chunk(news=bytes(news)):
                    self._spread(news, line)
                    found.append(answer)
                case _:
                    found.append(answer)
        return found

    def _spread(self, news: bytes, source: Connection) -> None:
        for line, untold in self._untold.items():
            if line is not source:
                untold.append(news)

    def close(self) -> None:
        with deaf_to_interrupts():
            for member in self._members:
                member.process.kill()  # it has nothing to tidy up
            for member in self._members:
                member.process.join()
                member.line.close()


class _Refused(NamedTuple):
    """The input is wrong, says another process."""

    sentence: str


class _Broken(NamedTuple):
    """A rule of ours is broken there."""

    traceback: str


@contextmanager
def _told(member: _Member) -> Iterator[None]:
    """Say in one sentence that a process has ended, which nobody asked it to."""
    try:
        yield
    except (EOFError, OSError):
        member.process.join(1)
        message = (
            f"hunt: found that process {member.process.pid} ended with {member.process.exitcode}, "
            "in the middle of its work; allowed is to leave it alone (was there too little memory?)"
        )
        raise InputError(message) from None


def _work(line: Connection, plan: Plan) -> None:
    """Do one task after the other, until nobody gives more."""
    signal(SIGINT, SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()
    try:
        import_protocols(plan.home, "hunt")
        worker = Worker(plan)
        while True:
            line.send(worker.do(line.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except InputError as error:
        answer: Any = _Refused(str(error))
    except Exception:  # noqa: BLE001 - it is told, with all there is to tell
        answer = _Broken(traceback.format_exc())
    line.send(answer)
    with suppress(EOFError):
        while True:
            line.recv()  # or a task would be given to nobody, before the answer is read
