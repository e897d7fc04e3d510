"""A throwaway environment for each client: what was set up once is used again."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / ".venv-clients"


class ClientError(Exception):
    """The client could not be run, or did not do what was expected."""


@dataclass(frozen=True)
class Client:
    name: str
    package: str
    version: str
    language: Literal["Python", "Node"]
    script: str

    @property
    def folder(self) -> Path:
        return ENVIRONMENTS / f"{self.name}-{self.version}"

    def set_up(self) -> None:
        if self.language == "Node" and shutil.which("npm") is None:
            raise ClientError("not run: Node is not installed (no `npm` on the path)")
        ready = self.folder / "ready"
        if not ready.exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(parents=True)
            self._install()
            ready.touch()

    def _install(self) -> None:
        if self.language == "Node":
            quiet = ["--silent", "--no-audit", "--no-fund"]
            return _run("npm", "install", *quiet, "--prefix", self.folder, f"{self.package}@{self.version}")
        _run(sys.executable, "-m", "venv", self.folder)
        return _run(*self._python, "-m", "pip", "install", "--quiet", f"{self.package}=={self.version}")

    @property
    def command(self) -> list[str | Path]:
        return [*(["node"] if self.language == "Node" else self._python), HERE / self.script]

    @property
    def _python(self) -> list[Path]:
        return [self.folder / "bin" / "python"]

    def variables(self, service, call: str, folder: Path, **more: str) -> dict[str, str]:
        """Return what the script reads, without this program's own path to its modules."""
        account_sid, auth_token = service.credentials
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        told = {"URL": service.url, "CALL": call, "ACCOUNT_SID": account_sid, "AUTH_TOKEN": auth_token}
        return inherited | told | more | {"FOLDER": str(folder), "NODE_PATH": str(self.folder / "node_modules")}


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClientError(f"not run: `{' '.join(map(str, command))}` failed: {done.stderr.strip()[-500:]}")
