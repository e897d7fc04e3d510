"""Recordings that a switch made by itself, or has no sound for; and how their media are read."""

import io
import time

import numpy as np
import requests
import soundfile

from listener import ask, causes, download, own_api, quick, wait_for
from speaker import speech

CALL = "CA" + "1" * 32
CONFERENCE = "CF" + "2" * 32


@quick
def test_a_recording_may_be_uploaded_whole_once(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create(recording_channels="dual").sid
    wav = io.BytesIO()
    stereo = np.stack([speech("agent", 4), speech("caller", 4, skip=3)], axis=1)
    soundfile.write(wav, np.repeat(stereo, 2, axis=0), 16000, format="WAV", subtype="PCM_16")
    media = f"/Recordings/{sid}/Media"
    refused = own_api(service, "PUT", media, data=b"RIFF, or so it says")
    assert (refused.status_code, refused.json()["message"]) == (400, "the body must be a WAV file")
    assert own_api(service, "PUT", media, data=wav.getvalue()).json() == {"sid": sid, "status": "processing"}
    assert own_api(service, "PUT", media, data=wav.getvalue()).status_code == 409
    assert wait_for(service, sid).duration == "4"
    samples, _ = download(service, sid)
    assert samples.shape == stereo.shape
    assert np.corrcoef(samples[:, 0], stereo[:, 0])[0, 1] > 0.95
    assert causes(service, sid) == [("started", None), ("stopped", "upload"), ("completed", None)]
    assert own_api(service, "PUT", media, data=wav.getvalue()).status_code == 409


@quick
def test_an_upload_that_takes_longer_than_the_wait_is_waited_for(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create().sid
    service.client().calls(CALL).recordings(sid).update(status="stopped")
    wav = io.BytesIO()
    soundfile.write(wav, speech("agent", 3), 8000, format="WAV")

    def slowly():
        for part in (wav.getvalue()[:1000], wav.getvalue()[1000:]):
            yield part
            time.sleep(2.5)

    assert own_api(service, "PUT", f"/Recordings/{sid}/Media?Oops=1", data=b"").status_code == 400
    assert own_api(service, "PUT", f"/Recordings/{sid}/Media", data=slowly()).status_code == 202
    assert wait_for(service, sid).duration == "3"


@quick
def test_a_recording_that_nobody_brings_audio_for_is_absent(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create().sid
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "completed"})
    began = time.monotonic()
    assert wait_for(service, sid, "absent").error_code == 16101
    assert time.monotonic() - began > 0.5
    assert ask(service, sid, ".wav").status_code == 404
    late = own_api(service, "PUT", f"/Recordings/{sid}/Media", data=b"RIFF")
    assert (late.status_code, "no sound that counts came within RECORDKEEPER_UPLOAD" in late.json()["message"]) == (
        409,
        True,
    )
    bare = own_api(service, "PUT", f"/Calls/{CALL}")
    assert (bare.status_code, bare.json()["message"]) == (400, 'the body is empty; send a JSON object with "status"')


def test_media_come_in_parts_and_only_to_who_may_hear_them(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create().sid
    wav = io.BytesIO()
    soundfile.write(wav, speech("agent", 3), 8000, format="WAV")
    assert ask(service, sid, ".wav").status_code == 404
    own_api(service, "PUT", f"/Recordings/{sid}/Media", data=wav.getvalue())
    wait_for(service, sid)
    url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings/{sid}"
    part = requests.get(url, headers={"Range": "bytes=0-3"}, auth=service.credentials, timeout=10)
    assert (part.status_code, part.content, part.headers["Content-Type"]) == (206, b"RIFF", "audio/x-wav")
    assert requests.head(url + ".mp3", auth=service.credentials, timeout=10).headers["Content-Type"] == "audio/mpeg"
    assert requests.get(url, timeout=10).status_code == 401
    assert ask(service, sid, ".wav", RequestedChannels="3").status_code == 400


def test_one_channel_is_heard_where_two_were_asked_for_and_one_was_uploaded(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create(recording_channels="dual").sid
    wav = io.BytesIO()
    soundfile.write(wav, speech("agent", 3), 8000, format="WAV")
    own_api(service, "PUT", f"/Recordings/{sid}/Media", data=wav.getvalue())
    wait_for(service, sid)
    assert [download(service, sid, extension)[0].ndim for extension in ("", ".wav", ".mp3")] == [1, 1, 1]
    assert ask(service, sid, ".wav", RequestedChannels="2").status_code == 404
