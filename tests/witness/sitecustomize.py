"""Loaded into every Python process whose PYTHONPATH names this folder: nothing it writes to a file is lost to the test.

What goes through `os.write` and its like is kept as it passes, so that it is found though it was overwritten since. A
file that is about to be removed, replaced or emptied is kept first, by a second name: what native code wrote into it
(an encoder, a buffered file) is found though the file is gone. Each is kept in the folder WITNESS, under a name that
says which process, and where it was.
"""

import os
import stat
import sys
from itertools import count
from pathlib import Path

KEPT = os.environ["WITNESS"]
_open, _write, _link = os.open, os.write, os.link
_number = count()


def _name(kind: str, path: str) -> str:
    return f"{KEPT}/{kind}-{os.getpid()}-{path.replace('/', '%')}"[:250]


def _keep(fd: int, *parts: bytes) -> None:
    if stat.S_ISREG(os.fstat(fd).st_mode):
        name = _name("written", os.readlink(f"/proc/self/fd/{fd}"))
        kept = _open(name, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for part in parts:
            _write(kept, part)
        os.close(kept)


def _watch(name: str) -> None:
    original = getattr(os, name)

    def watched(fd: int, data: object, *rest: object, **named: object) -> int:
        _keep(fd, *(data if name.endswith("v") else [data]))
        return original(fd, data, *rest, **named)

    setattr(os, name, watched)


def _named_open(path: str, flags: int, *rest: object, **named: object) -> int:
    """Open; a file without a name could not be kept: whoever asks for one is told that there are none here."""
    if flags & os.O_TMPFILE == os.O_TMPFILE:
        raise IsADirectoryError(path)
    return _open(path, flags, *rest, **named)


def _save(path: object, folder: int = -1, *, copy: bool = False) -> None:
    """Keep a file that is about to lose its name, or with `copy` its contents."""
    if isinstance(path, int):
        path = os.readlink(f"/proc/self/fd/{path}")
    above = os.readlink(f"/proc/self/fd/{folder}") if folder >= 0 else os.getcwd()
    whole = os.path.join(above, os.fsdecode(path))
    if whole.startswith(KEPT) or not os.path.isfile(whole):
        return
    saved = _name(f"saved-{next(_number)}", whole)
    if not copy:
        _link(whole, saved)
        return
    Path(saved).write_bytes(Path(whole).read_bytes())


def _hook(event: str, said: tuple) -> None:
    if event == "os.remove":
        _save(*said)
    elif event == "os.rename":
        _save(said[1], said[3])
    elif event == "os.truncate" or (event == "open" and _empties(*said)):
        _save(said[0], copy=True)


def _empties(path: object, _mode: object, flags: object) -> bool:
    return path is not None and isinstance(flags, int) and bool(flags & os.O_TRUNC)


for _each in ("write", "pwrite", "writev", "pwritev"):
    _watch(_each)
os.open = _named_open
sys.addaudithook(_hook)
