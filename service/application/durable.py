"""Folders and files that a loss of power does not take back."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until the disk has a file, or the names in a folder."""
    opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # one that is no file must not keep us waiting
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def make_folder(folder: Path) -> None:
    """Make a folder, and those it is to be in: each is synced where its name is."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync(folder.parent)
