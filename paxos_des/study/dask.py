"""Dask as an executor, where a sweep outgrows one machine."""

import logging
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from functools import partial
from typing import Any, NoReturn
from urllib.parse import urlsplit

from paxos_des.errors import InputError, shorten
from paxos_des.processes import deaf_to_interrupts
from paxos_des.study.crew import MakePool, TaskLost
from paxos_des.study.head import GOES_ON

CONNECT_S = 5.0
"""So long a scheduler may take to answer."""
GREETING_MAX = 65_536
EXAMPLE = "tcp://127.0.0.1:8786"


def cluster_at(address: str) -> MakePool:
    """Return what has the cluster with a scheduler at an address do the work.

    Raises
    ------
    InputError
        When nobody, or something else, answers there.
    """
    _check(address)
    return partial(_cluster, address)


def local_cluster(jobs: int) -> MakePool:
    """Return what starts a cluster of so many processes here, and has it do the work.

    Raises
    ------
    InputError
        When there is no Dask.
    """
    _distributed()
    return partial(_local_cluster, jobs)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    distributed = _distributed()
    try:
        with _quietly(), deaf_to_interrupts():
            client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        _refuse(address, f"no scheduler that answers ({shorten(str(error))})")
    with _quietly(), client:
        yield _Dask(client)


@contextmanager
def _local_cluster(jobs: int) -> Iterator[Executor]:
    distributed = _distributed()
    with deaf_to_interrupts():
        local = distributed.LocalCluster(
            n_workers=jobs, threads_per_worker=1, processes=True, host="127.0.0.1",
            dashboard_address=None, memory_limit=None, silence_logs=logging.CRITICAL,
        )  # fmt: skip
        client = distributed.Client(local, set_as_default=False)
    with _quietly(), local, client:
        yield _Dask(client)


class _Dask(Executor):
    """As `Client.get_executor()`, but that all results come, also when the cluster is gone: as the
    errors that other executors' are.
    """

    def __init__(self, client: Any) -> None:  # noqa: ANN401 - it has no types
        self._client = client
        self._max_workers = max(1, sum(client.ncores().values()))

    def submit(self, deed: Callable[..., Any], /, *args: Any, **keys: Any) -> Future[Any]:  # noqa: ANN401 - as executors have it
        future: Future[Any] = Future()

        def on_done(done: Any) -> None:  # noqa: ANN401 - Dask has no types
            try:
                future.set_result(done.result())
            except (CancelledError, OSError):  # tasks read and write no files: it is the line
                message = f"--dask: found the cluster gone; allowed is one that stays; {GOES_ON}"
                future.set_exception(InputError(message))
            except BaseException as error:  # noqa: BLE001 - it is told when the result is asked for
                is_lost = type(error).__name__ == "KilledWorker"  # after Dask's own attempts
                future.set_exception(TaskLost(str(error)) if is_lost else error)

        # The same call twice is two calls: it may be made again because it was lost.
        self._client.submit(deed, *args, **keys, pure=False).add_done_callback(on_done)
        return future


def _distributed() -> Any:  # noqa: ANN401 - likewise
    try:
        import distributed  # noqa: PLC0415 - it takes a second, and few need it
    except ImportError:
        message = "--dask: found no Dask; allowed is with it: pip install 'paxos_des[dask]'"
        raise InputError(message) from None
    return distributed


@contextmanager
def _quietly() -> Iterator[None]:
    """Have Dask's loggers say nothing meanwhile: what it has to say, it says to us, with errors."""
    loggers = [
        logging.getLogger(name) for name in logging.root.manager.loggerDict
        if name.partition(".")[0] in ("distributed", "tornado")
    ]  # fmt: skip
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _check(address: str) -> None:
    """See that a scheduler listens at an address: Dask would wait for another's answer for ever.
    One says first of all, in eight bytes, how long its greeting is.
    """
    try:
        found = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = found.hostname, found.port
    except ValueError:
        host = port = None
    if host is None or port is None:
        _refuse(address, "no address")
    try:
        with socket.create_connection((host, port), CONNECT_S) as line:
            greeting = b"" if found.scheme != "tcp" else line.recv(8, socket.MSG_WAITALL)
    except TimeoutError:
        _refuse(address, f"nobody who answers there within {CONNECT_S:g} s")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else None
        _refuse(address, f"nobody who listens there ({why or shorten(str(error))})")
    if found.scheme == "tcp" and not 0 < int.from_bytes(greeting, "little") < GREETING_MAX:
        _refuse(address, "something there that is no Dask scheduler")


def _refuse(address: str, found: str) -> NoReturn:
    message = (
        f"--dask {shorten(address)}: found {found}; allowed is the address of a Dask scheduler, as "
        f"in {EXAMPLE} (`dask scheduler` starts one), or `local`"
    )
    raise InputError(message) from None
