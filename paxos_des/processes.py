"""Other processes for whoever has many calls of pure functions to make."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import parent_process, resource_tracker
from multiprocessing.connection import wait
from signal import SIG_BLOCK, SIG_IGN, SIG_SETMASK, SIGINT, pthread_sigmask, signal


@contextmanager
def deaf_to_interrupts() -> Iterator[None]:
    """Start processes here. An interrupt at a terminal reaches them too, and they heed none: it is
    for us to end them. One that comes meanwhile is not lost: we have it afterwards.

    What is blocked is blocked in a child; but here, another thread may take it all the same. Only
    a main thread hears interrupts: on another there is nothing to do.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    resource_tracker.ensure_running()  # its own start would unblock interrupts
    came: list[int] = []
    heeding = signal(SIGINT, lambda number, _: came.append(number))
    before = pthread_sigmask(SIG_BLOCK, {SIGINT})
    try:
        yield
    finally:
        pthread_sigmask(SIG_SETMASK, before)
        signal(SIGINT, heeding)
    if came:
        raise KeyboardInterrupt


@contextmanager
def pool_of(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Have so many processes, which an interrupt ends with us, and without a word of their own;
    whatever ends us ends them too.
    """
    with ProcessPoolExecutor(jobs, initializer=_begin) as pool:
        with deaf_to_interrupts():
            pool.submit(int).result()  # it starts them
        try:
            yield pool
        except BaseException:
            for process in tuple(pool._processes.values()):
                process.terminate()  # a call may take a minute, and nobody waits for it
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _begin() -> None:
    signal(SIGINT, SIG_IGN)
    threading.Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """End when the process that started us does, be it killed, whatever we are at."""
    parent = parent_process()
    assert parent is not None, "started by none"
    wait([parent.sentinel])
    os._exit(1)
