"""An uploaded WAV: one that was cut off on its way is none."""

import io

import numpy as np
import pytest
import soundfile

from service.media.ingest.upload import NotAWav, check


def wav(subtype: str) -> bytearray:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.zeros((8000, 2), np.int16), 8000, format="WAV", subtype=subtype)
    return bytearray(buffer.getvalue())


@pytest.mark.parametrize("subtype", ["PCM_16", "ULAW", "ALAW"])
def test_one_that_was_cut_off_is_refused_and_one_whose_length_nobody_knew_is_not(tmp_path, subtype):
    path, whole = tmp_path / "upload.wav", wav(subtype)
    path.write_bytes(whole)
    assert check(path) == 2
    path.write_bytes(whole[:-1000])
    with pytest.raises(NotAWav, match="bytes of sound, and"):
        check(path)
    at = whole.index(b"data") + 4
    whole[at : at + 4] = b"\xff" * 4
    path.write_bytes(whole[:-1000])
    assert check(path) == 2
