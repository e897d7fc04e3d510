"""The note of the last seal: it never goes back, and what it says is never guessed."""

import pytest

from service.audit.last_seal import LastSeal, SealNoted


def test_the_later_seal_stays_noted(tmp_path):
    noted = LastSeal(tmp_path)
    assert noted.read() is None
    for n in (1, 3, 2, 3):
        noted.note(SealNoted(n, bytes([n]) * 32))
    assert noted.read() == (3, b"\3" * 32)
    assert [path.name for path in tmp_path.iterdir()] == ["seal.last"]


@pytest.mark.parametrize("text", ["", "[]", "7", '{"n": 1}', '{"n": 1, "hash": "x"}', '{"n": 1, "hash": 2}'])
def test_a_note_that_cannot_be_read_is_an_error(tmp_path, text):
    (tmp_path / "seal.last").write_text(text)
    with pytest.raises(ValueError, match="should be"):
        LastSeal(tmp_path).read()
