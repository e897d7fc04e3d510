"""The auditor's verifier and the service's own code, which share nothing: each holds for proofs what the other does."""

import json
import runpy
from hashlib import sha256
from pathlib import Path

import pytest

from facts import AC
from service.audit.merkle import Tree, consistency_spans, inclusion_spans, is_consistent, is_included, leaf_hash
from service.eventstore.event import GENESIS, chained

VERIFIER = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "verify.py"))
LEAVES = [sha256(bytes([number])).digest() for number in range(34)]


def root(begin: int, end: int) -> bytes:
    found = VERIFIER["root_of"](LEAVES[begin:end])
    assert found == Tree(list(map(leaf_hash, LEAVES[begin:end]))).root()
    return found


def climb(first: int, size: int, path: list[bytes], start: bytes, *, leaf: bool) -> tuple[bytes, bytes] | None:
    try:
        return VERIFIER["climb"](first, size, [found.hex() for found in path], start, leaf=leaf)
    except SystemExit:
        return None


def near(path: list[bytes], other: bytes) -> list[list[bytes]]:
    """Return the path, and some that are not."""
    return [path, path[:-1], path[1:], [*path, other], [other, *path], path[::-1]]


@pytest.mark.parametrize("size", range(2, 33))
def test_both_take_the_same_paths_and_refuse_the_same(size):
    whole = root(0, size)
    for index in range(size):
        leaf = leaf_hash(LEAVES[index])
        for path in near([root(*span) for span in inclusion_spans(index, size)], whole):
            for place, length in ((index, size), (index + 1, size), (index, size + 1), (index, size - 1)):
                found = climb(place + 1, length, path, leaf, leaf=True)
                assert (found is not None and found[1] == whole) == is_included(leaf, place, length, path, whole)
    for first in range(1, size + 1):
        old = root(0, first)
        for path in near([root(*span) for span in consistency_spans(first, size)], whole):
            for begun, length in ((first, size), (first + 1, size), (first, size + 1), (first, size - 1)):
                found = climb(begun, length, path, old, leaf=False)
                assert (found == (old, whole)) == is_consistent(begun, length, old, whole, path)


@pytest.fixture
def export() -> list[dict]:
    """Return an auditor's lines: the second, of schema 1, has a secret in its text, which is not shown."""
    lines, previous = [], GENESIS
    for position in (1, 2, 3):
        text = json.dumps({"type": "started", "schema": 1})
        found = chained(previous, position, "2026-11-24T00:00:00.000000Z", text)
        line = {"account_sid": AC, "position": position, "recorded_at": "2026-11-24T00:00:00.000000Z", "schema": 1}
        line |= {"previous_hash": previous.hex(), "hash": found.hex(), "type": "started"}
        lines.append(line | {"canonical": None if position == 2 else text})
        previous = found
    return lines


def test_an_event_whose_text_is_not_shown_holds_in_the_chain(export, capsys):
    hashes = {number: line["hash"] for number, line in enumerate(export, 1)}
    assert VERIFIER["check_export"](export) == {AC: hashes}
    assert f"{AC}, position 2: its text is not shown" in capsys.readouterr().out


@pytest.mark.parametrize("link", [(1, "previous_hash"), (1, "hash"), (2, "previous_hash")])
def test_an_event_whose_text_is_not_shown_cannot_leave_the_chain(export, link, capsys):
    line, name = link
    export[line][name] = "00" * 32
    with pytest.raises(SystemExit):
        VERIFIER["check_export"](export)
    assert "it is not chained to the event before it" in capsys.readouterr().out
