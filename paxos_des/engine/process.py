"""A SimPy process that fails as itself: the original error, at once.

SimPy copies an error, `type(error)(*error.args)`, whenever it hands one on. Here the one object
travels: into the process that waits for the failed one, or out of `run` if none does.
"""

from typing import Any

from simpy.core import StopSimulation
from simpy.events import Event, Process


class WorldProcess(Process):
    """What `World.process` starts. Interrupts, conditions and joins are SimPy's own."""

    def _desc(self) -> str:
        """Go by SimPy's name, to which its users are used."""
        return f"Process({self.name})"

    def _resume(self, event: Event) -> None:
        """Let the generator have the outcome of `event`, and wait for what it yields next.

        SimPy finds this method by its name: among the callbacks of what the process waits for.
        """
        self.env._active_proc = self
        try:
            while True:
                try:
                    if event._ok:
                        event = self._generator.send(event._value)
                    else:
                        event._defused = True  # the process must handle it, or fail itself
                        event = self._throw(event._value)
                except StopIteration as end:
                    self._succeed_with(end.value)
                    return
                except BaseException as error:
                    if not self._leave_to_waiters(error):
                        raise
                    return
                callbacks = self._callbacks_of(event)
                if callbacks is not None:
                    callbacks.append(self._resume)
                    self._target = event
                    return
                # The event is over already, and so its outcome is known: go on with it.
        finally:
            self.env._active_proc = None

    def _throw(self, error: BaseException) -> Event:
        """Throw the original into the generator; once handled there, no trace of it is left.

        Several processes may wait for one event. What the first one does with the error must not
        show in the traceback that the next one sees.
        """
        traceback = error.__traceback__
        try:
            target: Event = self._generator.throw(error)
        except BaseException as raised:
            if raised is not error:
                error.__traceback__ = traceback
            raise
        error.__traceback__ = traceback
        return target

    def _callbacks_of(self, target: Any) -> Any:  # noqa: ANN401 - a process may yield anything
        try:
            return target.callbacks
        except AttributeError:
            frame = self._generator.gi_frame  # type: ignore[attr-defined] # as SimPy assumes too
            message = (
                f'Invalid yield value "{target}" in {self.name}, line {frame.f_lineno}; '
                "allowed are events: yield one"
            )
            raise RuntimeError(message) from None

    def _succeed_with(self, value: object) -> None:
        self._end(ok=True, value=value)
        self.env.schedule(self)

    def _leave_to_waiters(self, error: BaseException) -> bool:
        """End with `error`; return whether someone waits for this process, and so gets it.

        If nobody does, it is for the caller of `run`, at once. So is what is no Exception, such
        as KeyboardInterrupt: it is meant for whoever runs the world, not for a process in it.
        """
        self._end(ok=False, value=error)
        awaited = self.callbacks not in ([], [StopSimulation.callback]) or self.defused
        if awaited and isinstance(error, Exception):
            self.env.schedule(self)
            return True
        self.callbacks = None  # type: ignore[assignment] # processed, in SimPy's terms
        self._defused = True
        return False

    def _end(self, *, ok: bool, value: object) -> None:
        self._ok = ok
        self._value = value
        self._target = None  # type: ignore[assignment] # as SimPy has it for the dead
