"""The sealed form: any part is what was sealed, and nothing that was changed, moved or cut off is read at all."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.media.sealed import CHUNK, HEADER, SALT, TAG, Sealed, Tampered, label, seal

KEY = bytes(range(32))
LABEL = label("AC1", "RE1", "2.wav")
SIZES = st.one_of(st.integers(0, 100), st.sampled_from([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5]))


def sound(size: int) -> bytes:
    return bytes(number * 31 % 251 for number in range(size))


def sealed(plain: bytes, key: bytes = KEY, labelled: str = LABEL) -> bytes:
    into = io.BytesIO()
    seal(io.BytesIO(plain), into, key, labelled)
    return into.getvalue()


def opened(data: bytes, key: bytes = KEY, labelled: str = LABEL) -> Sealed:
    return Sealed(io.BytesIO(data), key, labelled)


def whole(data: bytes, **more) -> bytes:
    file = opened(data, **more)
    return file.read(0, file.size)


@settings(deadline=None)
@given(size=SIZES, data=st.data())
def test_every_part_is_what_was_sealed(size, data):
    plain = sound(size)
    file = opened(sealed(plain))
    begin, end = (data.draw(st.integers(0, size + 10)) for _ in range(2))
    assert file.size == size
    assert file.read(begin, end) == plain[begin:end]
    assert file.read(0, size) == plain


@settings(deadline=None)
@given(size=st.sampled_from([0, 1, 100, CHUNK, CHUNK + 1]), data=st.data())
def test_a_change_of_any_byte_is_found(size, data):
    changed = bytearray(sealed(sound(size)))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Tampered):
        whole(bytes(changed))


@settings(deadline=None)
@given(size=SIZES, data=st.data())
def test_what_was_cut_off_or_added_is_found_on_opening(size, data):
    whole_file = sealed(sound(size))
    kept = data.draw(st.integers(0, len(whole_file) - 1))
    with pytest.raises(Tampered):
        opened(whole_file[:kept])
    with pytest.raises(Tampered):
        opened(whole_file + bytes(data.draw(st.integers(1, CHUNK + TAG + 1))))


def test_a_file_cut_at_the_end_of_a_chunk_is_found():
    with pytest.raises(Tampered):
        opened(sealed(sound(3 * CHUNK))[: HEADER + 2 * (CHUNK + TAG)])


def test_chunks_that_changed_places_are_found():
    file, width = sealed(sound(4 * CHUNK)), CHUNK + TAG
    chunks = [file[HEADER + at * width : HEADER + (at + 1) * width] for at in range(4)]
    moved = opened(file[:HEADER] + chunks[1] + chunks[0] + chunks[2] + chunks[3])
    for begin in (0, CHUNK):
        with pytest.raises(Tampered):
            moved.read(begin, begin + 1)
    assert moved.read(2 * CHUNK, 4 * CHUNK) == sound(4 * CHUNK)[2 * CHUNK :]


@pytest.mark.parametrize(
    "other",
    [
        {"labelled": label("AC1", "RE1", "1.wav")},
        {"labelled": label("AC1", "RE2", "2.wav")},
        {"labelled": label("AC2", "RE1", "2.wav")},
        {"key": bytes(32)},
    ],
)
def test_a_file_of_another_name_recording_account_or_key_is_found(other):
    with pytest.raises(Tampered):
        opened(sealed(sound(100)), **other)


def test_a_plain_file_in_the_place_of_a_sealed_one_is_found():
    with pytest.raises(Tampered):
        opened(b"RIFF" + bytes(1000))


def test_the_same_sound_sealed_twice_has_nothing_in_common():
    plain = bytes(10_000)
    first, second = sealed(plain), sealed(plain)
    assert first[HEADER - SALT :] != second[HEADER - SALT :]
    assert not {first[HEADER + at : HEADER + at + 16] for at in range(0, 10_000, 16)} & {
        second[HEADER + at : HEADER + at + 16] for at in range(0, 10_000, 16)
    }


def test_only_the_chunks_that_are_asked_for_are_read():
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size=-1):
            part = super().read(size)
            self.taken += len(part)
            return part

    file = Counting(sealed(bytes(100 * CHUNK)))
    opened_file = Sealed(file, KEY, LABEL)
    opened_file.read(50 * CHUNK - 1, 50 * CHUNK + 1)
    assert file.taken == HEADER + 3 * (CHUNK + TAG)
