"""A sealing key and stores together: a store gets files that its customer can read, the data folder keeps none such."""

import io
import time

import numpy as np
import psutil
import pytest
import soundfile

from listener import CALL, ask, download, own_api, record, wait_for
from objects import KEY, objects
from service.media.finishing.workers import NICENESS

SEALED = {"RECORDKEEPER_SEALING_KEY": "5" * 64, **KEY}
OUT = SEALED | {
    "RECORDKEEPER_STORE_URL": "s3://nowhere?endpoint=http://127.0.0.1:9",
    "RECORDKEEPER_STORE_FALLBACK_URL": "local",
    "RECORDKEEPER_STORE_FALLBACK_AFTER_SECONDS": "0",
}


def noise(seconds: int) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.random.default_rng().integers(-9000, 9000, seconds * 8000, np.int16), 8000, format="WAV")
    return buffer.getvalue()


def local(service, sid: str) -> list[str]:
    return sorted(path.name for path in service.folder.glob(f"media/*/{sid}/*"))


def encoding(service) -> list[psutil.Process]:
    """Return the processes that finish, once one of them makes files."""
    deadline = time.monotonic() + 20
    while not list(service.folder.glob("media/*/.staged-*/*")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    below = psutil.Process(service.process.pid).children(recursive=True)
    return [process for process in below if process.nice() == NICENESS]


@pytest.mark.parametrize("service", [SEALED], indirect=True)
def test_a_store_set_while_sealed_files_are_made_takes_the_next_recording(service, monkeypatch):
    for name, value in KEY.items():
        monkeypatch.setenv(name, value)
    with objects() as s3:
        own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
        sid, wav = service.client().calls(CALL).recordings.create().sid, noise(900)
        assert own_api(service, "PUT", f"/Recordings/{sid}/Media", data=wav).status_code == 202
        stopped = encoding(service)
        for process in stopped:
            process.suspend()
        made = service.verb("accounts", "set-store", service.credentials[0], s3.url())
        assert (made.returncode, local(service, sid)) == (0, []), made.stderr
        for process in stopped:
            process.resume()
        assert wait_for(service, sid, seconds=60).media_url.startswith(service.url)
        assert (local(service, sid), s3.names()) == (["1.mp3.sealed", "1.wav.sealed"], [])
        assert ask(service, sid, ".wav").content == wav
        later = record(service, noise(2))
        media_url = wait_for(service, later).media_url
        assert s3.content(f"{media_url}.wav")[:4] == b"RIFF"
        assert service.client().recordings(later).delete()
        assert service.client().recordings(sid).delete()
        assert (s3.names(), local(service, sid)) == ([], [])


@pytest.mark.parametrize("service", [OUT], indirect=True)
def test_what_stays_in_the_data_folder_for_a_store_that_is_out_is_sealed(service):
    wav = noise(3)
    sid = record(service, wav)
    assert wait_for(service, sid).media_url.startswith(service.url)
    assert local(service, sid) == ["1.mp3.sealed", "1.wav.sealed"]
    assert ask(service, sid, ".wav").content == wav
    samples, rate = download(service, sid, ".mp3")
    assert (rate, len(samples)) == (8000, pytest.approx(3 * 8000, abs=2400))
