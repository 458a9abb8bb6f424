"""A mailbox: the inbox of one process, which waits on one event that is re-armed.

    inbox = Mailbox(world)

    def pump():
        while True:
            message = yield inbox.receive
            ...

    inbox.start(pump())

While the process waits for it, `put` resumes the generator within the call: no heap entry, no
event, no list of callbacks. Else the item queues, and is handed over, in order, as soon as the
process yields `receive` again: so a node may put into its own mailbox while it handles a message.

A mailbox has one process and one life. `close` ends both: a new life takes a new mailbox, since
whatever still knows the old one must not reach it.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from simpy.events import PENDING, Event, ProcessGenerator

from paxos_des.engine.fast import FAST
from paxos_des.engine.process import WorldProcess
from paxos_des.engine.world import World


class Mailbox:
    """The inbox of one process.

    Attributes
    ----------
    receive
        What the process yields to get the next item. It may not be part of a condition: a lost
        `receive | timeout` would swallow an item. Let timers put into the mailbox instead.
    items
        What waits to be handed over.
    resume
        What lets the process have an item, past `put` and what it sees to: for the network, on the
        path of every message. It is the generator's `send`, or something compiled that does for
        an item what the generator would.

        To be called by the world alone, between two events, and only where the process never
        waits for anything but `receive` and empties `items` first: as message pumps do. An
        error leaves the world's `run` as it is, whoever waits for the process.
    is_busy
        That something compiled is at work, and not the generator.
    """

    __slots__ = (
        "_closed", "_generator", "_made", "_send", "_waiting", "_world", "is_busy", "items",
        "receive", "resume",
    )  # fmt: skip

    def __init__(self, world: World) -> None:
        self.receive = Receive(world)
        self._world = world
        self._generator: ProcessGenerator | None = None
        self._made: MailboxProcess | None = None
        self.items: deque[Any] = deque()
        self._waiting = False  # is True only while `items` is empty and the process waits
        self._closed = False
        self.is_busy = False
        self.resume: Callable[[Any], object] = _nothing

    @property
    def _process(self) -> "MailboxProcess | None":
        """The process. What was started at once has one when somebody asks for it: hardly anybody
        does, and to make it is dear where a run is short.
        """
        if self._made is None and self._generator is not None:
            self._made = MailboxProcess.started(self._world, self._generator, self)
        return self._made

    def start_at_once(self, generator: ProcessGenerator) -> "MailboxProcess":
        """Do as `stand_by` does, and return the process."""
        self.stand_by(generator)
        assert self._process is not None, "it stands by"
        return self._process

    def stand_by(self, generator: ProcessGenerator) -> None:
        """Start the process that receives, and let it run up to its first `receive` within this
        call: an event less for each process of a short run.

        Raises
        ------
        RuntimeError
            When the mailbox has had a process, or the process first waits for something else.
        """
        self._begin(generator)
        if next(generator, None) is not self.receive:
            message = f"found {generator} that waits elsewhere; allowed is one that receives"
            raise RuntimeError(message)
        self._waiting = True

    def start(self, generator: ProcessGenerator) -> "MailboxProcess":
        """Start the process that receives; it runs first when the world does, now.

        Raises
        ------
        RuntimeError
            When the mailbox has had a process.
        """
        self._begin(generator)
        self._made = MailboxProcess(self._world, generator, self)
        return self._made

    def _begin(self, generator: ProcessGenerator) -> None:
        if self._generator is not None or self._closed:
            message = "found a mailbox that had its one life; allowed is one: make a new mailbox"
            raise RuntimeError(message)
        self._generator = generator
        self._send = self.resume = generator.send

    def put(self, item: object) -> bool:
        """Hand `item` to the process, or queue it; return False if the mailbox is closed.

        What the process raises while it handles the item comes out here.
        """
        if not self._waiting or self._is_running():
            if self._closed:
                return False
            self.items.append(item)
            return True

        self._waiting = False
        world = self._world
        outer = world._active_proc  # whoever puts, if it is a process
        world._active_proc = self._process
        receive = self.receive
        try:
            target = self._send(item)
            while target is receive and self.items:
                target = self._send(self.items.popleft())
        except BaseException as error:
            if not self._ended_well(error):
                raise
            return True
        finally:
            world._active_proc = outer
        if target is receive and not self._closed:
            self._waiting = True
        else:
            self._wait_elsewhere(target)
        return True

    def close(self) -> None:
        """End the process and the mailbox; what is queued is lost, and `put` returns False.

        A process that closes its own mailbox ends as soon as it yields.
        """
        if self._closed:
            return
        self._shut()
        if self._process is not None and not self._is_running():
            self._process._close()

    def dissolve(self) -> None:
        """Let go of the process, after the run: see `Cluster.dissolve`."""
        self._shut()
        self._generator = self._made = None
        self._send = self.resume = _nothing
        self.receive.callbacks.clear()
        del self.receive.callbacks.receive

    def _is_running(self) -> bool:
        """Whether the process is at work: `resume` says nothing of that here."""
        generator: Any = self._generator
        return self.is_busy or generator.gi_running

    def _shut(self) -> None:
        self._closed = True
        self._waiting = False
        self.items.clear()

    def _ended_well(self, error: BaseException) -> bool:
        """End with what the generator raised; return whether that is no one's business here."""
        assert self._process is not None, "a generator ran without a process"
        self._shut()
        if isinstance(error, StopIteration):
            self._process._succeed_with(error.value)
            return True
        return self._process._leave_to_waiters(error)

    def _wait_elsewhere(self, target: Event) -> None:
        """Let the process wait for an event of SimPy, and meanwhile queue what is put."""
        process = self._process
        assert process is not None, "a generator ran without a process"
        if self._closed:  # by the process itself, or by someone it called
            process._close()
            return
        callbacks = process._callbacks_of(target)
        if callbacks is None:  # over already: its outcome is known
            process._resume(target)
        else:
            callbacks.append(process._resume)
            process._target = target

    def _arm(self) -> None:
        """Wait for an item after something else, unless some have queued meanwhile."""
        self._waiting = True
        if self.items:
            self.put(self.items.popleft())  # which hands over the others too


if FAST is not None:
    FAST.know_mailbox(Mailbox)


def _nothing(_: object) -> Any:  # noqa: ANN401 - stands for a generator's `send`
    """Resume nobody."""


class MailboxProcess(WorldProcess):
    """The process of a mailbox: what resumes it is an item, or else an event of SimPy."""

    def __init__(self, world: World, generator: ProcessGenerator, mailbox: Mailbox) -> None:
        super().__init__(world, generator)
        self._mailbox = mailbox

    @classmethod
    def started(
        cls, world: World, generator: ProcessGenerator, mailbox: Mailbox
    ) -> "MailboxProcess":
        """Return the process of a generator that waits for the mailbox already: what
        `Process.__init__` sets, without the event by which it is first resumed.
        """
        process = cls.__new__(cls)
        process.env = world
        process.callbacks = []
        process._generator = generator
        process._mailbox = mailbox
        process._target = mailbox.receive
        # Past the look whether a stranger waits: it is no stranger.
        list.append(mailbox.receive.callbacks, process._resume)
        return process

    def _resume(self, event: Event) -> None:
        mailbox = self._mailbox
        mailbox._waiting = False
        outer = self.env._active_proc
        try:
            super()._resume(event)
        finally:
            self.env._active_proc = outer
            if self._value is not PENDING:
                mailbox._shut()
        if mailbox._closed:
            self._close()
        elif self._target is mailbox.receive:
            mailbox._arm()

    def _close(self) -> None:
        """End from outside: wait for nothing any more, and let the generator clean up."""
        if self._value is not PENDING:
            return
        callbacks = self._target.callbacks
        if callbacks is not None and self._resume in callbacks:
            callbacks.remove(self._resume)
        self._succeed_with(None)
        self._generator.close()


class Receive(Event):
    """The event of a mailbox. It never triggers: `put` goes past it, to the generator."""

    callbacks: "_OwnProcess"

    def __init__(self, world: World) -> None:
        self.env = world
        self.callbacks = _OwnProcess()
        self.callbacks.receive = self

    def __repr__(self) -> str:
        """Leave out the address, which SimPy shows: it differs from run to run."""
        return "<Receive()>"


class _OwnProcess(list[Any]):
    """Who waits for a `Receive`, for SimPy's interrupts to find: the mailbox's process, or none.

    It stays here while the process runs, for putting it in anew would cost more than the call.
    """

    __slots__ = ("receive",)

    receive: Receive

    def append(self, callback: Any) -> None:  # noqa: ANN401 - SimPy's callbacks are anything
        process = getattr(callback, "__self__", None)
        if not isinstance(process, MailboxProcess) or (
            process._mailbox.receive is not self.receive
        ):
            message = (
                "found a stranger that waits for a mailbox; allowed is the process that the "
                "mailbox started, outside of conditions: let others put into the mailbox"
            )
            raise RuntimeError(message)
        if not self:
            super().append(callback)
