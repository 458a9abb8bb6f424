"""Who does the tasks of a sweep: anything with the interface of `concurrent.futures.Executor`."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, ExitStack, nullcontext
from types import TracebackType
from typing import Any, Self

from paxos_des.errors import InputError

Pool = AbstractContextManager[Executor]
MakePool = Callable[[], Pool]


class TaskLost(Exception):  # noqa: N818 - what happened to a task
    """Whoever did a task has ended in the middle of it, and others go on."""


class Inline(Executor):
    """Does a task when it is given, in this process."""

    def submit(self, deed: Callable[..., Any], /, *args: Any, **keys: Any) -> Future[Any]:  # noqa: ANN401 - as executors have it
        future: Future[Any] = Future()
        try:
            future.set_result(deed(*args, **keys))
        except Exception as error:  # noqa: BLE001 - it is told when the result is asked for
            future.set_exception(error)
        return future


class Crew:
    """An executor, and another in its place when it breaks.

    Parameters
    ----------
    executor
        The one, or who makes one: as a context, whose end is the executor's.
    """

    def __init__(self, executor: Executor | MakePool) -> None:
        if isinstance(executor, Executor):
            self._make: MakePool = lambda: nullcontext(executor)
            self._is_given = True
        else:
            self._make = executor
            self._is_given = False
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._executor = self._stack.enter_context(self._make())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, traceback)

    @property
    def width(self) -> int:
        """How many tasks are done at a time, where the executor says."""
        return int(getattr(self._executor, "_max_workers", 1))

    def give(self, deed: Callable[[Any], Any], task: object) -> Future[Any]:
        return self._executor.submit(deed, task)

    def replace(self) -> None:
        """Have another executor in place of one that broke.

        Raises
        ------
        InputError
            When nobody makes one.
        """
        if self._is_given:
            message = (
                "sweep: found the executor broken; allowed is one that lives, or a function that "
                "makes another (what is done is kept: the same call goes on from there)"
            )
            raise InputError(message)
        self._stack.close()
        self._executor = self._stack.enter_context(self._make())
