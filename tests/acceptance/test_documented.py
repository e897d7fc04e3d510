"""What the documents tell an auditor to do, done as it stands there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from listener import record
from population import wav

DOCS = Path(__file__).parents[2] / "docs"


def block(document: str, after: str) -> str:
    """Return the first commands that a document has after these words."""
    text = (DOCS / document).read_text().partition(after)[2]
    return re.search(r"```\n(.*?)```", text, re.DOTALL)[1]


def run(service, commands: str, folder: Path, **more: str) -> str:
    told = {"URL": service.url, "SID": service.credentials[0], "TOKEN": service.credentials[1]} | more
    done = subprocess.run(
        ["sh", "-ec", commands], capture_output=True, text=True, check=False, cwd=folder, env=os.environ | told
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("service", [{"RECORDKEEPER_SEAL_SECONDS": "0.3"}], indirect=True)
def test_an_auditor_verifies_an_export_seals_and_proofs_as_documented(service, tmp_path):
    sid = record(service, wav())
    commands = block("operations.md", "**For an auditor,**").replace("sleep 5", "sleep 0.2")
    commands = commands.replace("python docs/verify.py", f"{sys.executable} {DOCS}/verify.py")
    said = run(service, commands, tmp_path, re=sid)
    assert f"{service.credentials[0]}: 3 events hold, positions 1 to 3." in said
    assert "seals hold, 1 to " in said
    assert "position 1: the event " in said
    assert "begins with all of that under seal 1 of " in said
