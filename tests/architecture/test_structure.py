"""The house stays as it was drawn: rooms, sizes, names."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [path for room in ("service", "tests", "bench") for path in sorted((ROOT / room).rglob("*.py"))]
MOST_LINES = 250
MOST_FUNCTION_LINES = 30
UNNAMED_ROOMS = {"utils", "helpers", "manager", "base", "common"}


def test_imports_only_go_down():
    found = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_its_reader(path):
    source = path.read_text()
    assert source.count("\n") <= MOST_LINES
    assert path.stem not in UNNAMED_ROOMS
    if path.is_relative_to(ROOT / "service"):
        functions = [
            node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        ]
        assert [node.name for node in functions if node.end_lineno - node.lineno >= MOST_FUNCTION_LINES] == []


def test_what_is_logged_as_a_warning_or_an_error_is_in_the_documents():
    documented = (ROOT / "docs" / "operations.md").read_text()
    sources = "".join(path.read_text() for path in FILES if path.is_relative_to(ROOT / "service"))
    logged = set(re.findall(r'(?:log\.(?:warning|error|exception)|write)\(\s*"([a-z_]+\.[a-z_]+)"', sources))
    logged |= set(re.findall(r'failed="([a-z_.]+)"', sources))
    assert {"seal.failed", "export.failed", "projection.stopped"} <= logged
    assert {name for name in logged if f"`{name}`" not in documented} == set()


def test_every_statement_is_loaded_by_its_room():
    for path in (ROOT / "service").glob("*/sql/*.sql"):
        room = path.parents[1]
        assert any(f'"{path.stem}"' in source.read_text() for source in room.rglob("*.py")), path
