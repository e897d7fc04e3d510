"""Where the figures of this process are kept, so that each process on the data folder can tell those of all."""

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg

from service.settings import Settings

if TYPE_CHECKING:
    from service.wiring.meters import Meters

FOLDER = "metrics"
VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
KINDS = ("counter", "histogram", "gauge_livesum")
BYTES = 1 << 18
"""Of each file, taken at once: a write to a mapped page that a full disk has no block for would kill the process."""
_OF_PROCESS = re.compile(r"\w+_([0-9]+)[.]db")


def open_meters(settings: Settings, pool: asyncpg.Pool) -> "Meters":
    folder = _folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        _take_room(folder / f"{kind}_{os.getpid()}.db")
    os.environ[VARIABLE] = str(folder)
    from service.wiring.meters import Meters  # noqa: PLC0415 - the library reads the variable when it is imported

    return Meters(folder, pool)


def forget_the_dead(settings: Settings) -> None:
    """Begin anew: nothing is left of processes that are gone, nor of one that had this one's number."""
    for path in _folder(settings).glob("*.db"):
        number = _OF_PROCESS.fullmatch(path.name)
        if number and (int(number[1]) == os.getpid() or not _lives(int(number[1]))):
            path.unlink(missing_ok=True)


def forget_pauses(settings: Settings, number: int) -> None:
    """Count the hosts that a process left alone no longer: it is gone. What it counted stays counted."""
    (_folder(settings) / f"{KINDS[2]}_{number}.db").unlink(missing_ok=True)


def _folder(settings: Settings) -> Path:
    return settings.data_dir.absolute() / FOLDER


def _take_room(path: Path) -> None:
    with path.open("ab") as file, suppress(OSError):  # a file system that cannot is not worse off than before
        os.posix_fallocate(file.fileno(), 0, BYTES)


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
