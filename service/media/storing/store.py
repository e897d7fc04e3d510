"""Finished media in the local folder: one folder a recording, which is there whole or not at all."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from service.application.durable import make_folder, sync

_STAGED = ".staged-"
Key = tuple[str, str]
"""Account SID and recording SID."""


class LocalStore:
    """Its methods block: call them in a thread."""

    def __init__(self, data_dir: Path) -> None:
        self._media = data_dir / "media"

    def path(self, account_sid: str, recording_sid: str, name: str) -> Path:
        """Return where a file of a recording lies; `name` is one that `encode` gives."""
        return self._folder(account_sid, recording_sid) / name

    @contextmanager
    def stage(self, account_sid: str) -> Iterator[Path]:
        """Yield a new folder that becomes the recording's when it is published, and is gone when it is not."""
        parent = self._media / account_sid
        make_folder(parent)
        with (
            TemporaryDirectory(prefix=_STAGED, dir=parent, ignore_cleanup_errors=True) as folder,
            _locked(Path(folder)),
        ):
            yield Path(folder)

    def publish(self, staged: Path, account_sid: str, recording_sid: str) -> None:
        """Make the staged files the recording's: they survive a loss of power from here on."""
        for path in (*staged.iterdir(), staged):
            sync(path)
        folder = self._folder(account_sid, recording_sid)
        # What is there was published by a process that died before it could say so.
        shutil.rmtree(folder, ignore_errors=True)
        staged.rename(folder)
        sync(folder.parent)

    def erase(self, account_sid: str, recording_sid: str) -> None:
        """Remove a recording's files, of which there is no other copy. Raises OSError when they stay."""
        folder = self._folder(account_sid, recording_sid)
        if folder.exists():
            shutil.rmtree(folder)
            sync(folder.parent)

    def clear_stages(self) -> None:
        """Remove what a process that was killed had staged; who lives holds the lock of what is his."""
        for folder in self._media.glob(f"*/{_STAGED}*"):
            with suppress(OSError), _locked(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def _folder(self, account_sid: str, recording_sid: str) -> Path:
        return self._media / account_sid / recording_sid


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder's lock, which stays on it when it is renamed. Raises BlockingIOError when another has it."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(opened)
