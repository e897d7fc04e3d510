"""One process at a time at a recording's spool, on one machine, whatever leases say."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = "lock"


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Yield whether nobody else is at what is in the spool `folder`; nobody will be until this is over.

    A lease may run out while its holder lives, or be given up for one more look: two who publish would mix their files
    and facts, and what is encrypted anew has another key. Sound may still wait to be written in another process. The
    lock ends with its process.
    """
    is_there, taken = True, None
    try:
        taken = take(folder)
    except (FileNotFoundError, NotADirectoryError):
        is_there = False  # there is nothing to make files of
    try:
        yield taken is not None or not is_there
    finally:
        if taken is not None:
            os.close(taken)


def take(folder: Path) -> int | None:
    """Return a descriptor that is the lock until it is closed; None while another has it. Raises OSError."""
    opened = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    except BaseException:
        os.close(opened)
        raise
    return opened
