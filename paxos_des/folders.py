"""What keeps files whole: one process at work on them at a time, and names that last."""

import errno
import fcntl
import os
import time
from pathlib import Path

_LOOK_AGAIN_S = 0.02


def take_lock(descriptor: int, wait_s: float = 0.0) -> bool:
    """Have the only lock on an open file or folder, until it is closed or we end; False: another
    has it, and still has it after so long. A file system that knows no locks gives everybody one.

    Processes that are forked meanwhile have it too. They end with us, but a little later: so
    whoever comes after one that was killed has to wait a little.

    Raises
    ------
    OSError
        When it cannot be had for another reason.
    """
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_AGAIN_S)
            continue
        except OSError as error:
            # EBADF: a folder on NFS, where only what can be written can be locked.
            if error.errno not in (errno.ENOLCK, errno.ENOTSUP, errno.EINVAL, errno.EBADF):
                raise
        return True


def sync_folder(folder: Path) -> None:
    """Have the names of a folder's files on the disk: else one may be lost, and its content not.

    Raises
    ------
    OSError
        When the disk fails.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
