"""Other processes for whoever has many calls of pure functions to make."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import parent_process
from multiprocessing.connection import wait
from signal import SIG_IGN, SIGINT, signal

from paxos_des.explore.crew import deaf_to_interrupts


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
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None, "started by none"
    wait([parent.sentinel])
    os._exit(1)
