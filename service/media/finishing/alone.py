"""One attempt at a recording at a time, on one machine, whatever leases say."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = "lock"


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Yield whether no other attempt is at what is in the spool `folder`; none begins until this is over.

    A lease may run out while its holder lives, or be given up for one more look: two who publish would mix their files
    and facts, and what is encrypted anew has another key. The lock ends with its process.
    """
    try:
        opened = os.open(folder / _NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except (FileNotFoundError, NotADirectoryError):
        yield True  # there is nothing to make files of
        return
    try:
        yield _is_ours(opened)
    finally:
        os.close(opened)


def _is_ours(opened: int) -> bool:
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
