"""Streams that come back, are lost, are killed, are mixed, are refused; and recordings that were made elsewhere."""

import asyncio
import io
import signal
import time
from pathlib import Path

import aiohttp
import numpy as np
import pytest
import requests
import soundfile
from twilio.request_validator import RequestValidator

from listener import ask, download, wait_for
from speaker import speech, stream

CALL = "CA" + "1" * 32
CONFERENCE = "CF" + "2" * 32
QUICK = {"RECORDKEEPER_REATTACH_SECONDS": "1.5", "RECORDKEEPER_UPLOAD_WAIT_SECONDS": "1"}
quick = pytest.mark.parametrize("service", [QUICK], indirect=True)


def own_api(service, method: str, path: str, **body) -> requests.Response:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}{path}"
    return requests.request(method, url, auth=service.credentials, timeout=10, **body)


def causes(service, sid: str) -> list[tuple[str, str | None]]:
    events = own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
    return [(event["type"], event["data"].get("cause")) for event in events]


def contents(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


async def recordings_of(service, call: str = CALL) -> list:
    return await asyncio.to_thread(service.client().recordings.list, call_sid=call)


async def test_a_stream_may_ask_to_be_recorded_and_ends_the_call_that_only_it_spoke_of(service):
    said = speech("agent", 6)
    async with stream(service, {"inbound": said}) as live:
        await live.start(service.credentials[0], CALL, Record="true", RecordingChannels="dual", Trim="do-not-trim")
        await live.play(6)
        await live.stop()
    (made,) = await recordings_of(service)
    found = await asyncio.to_thread(wait_for, service, made.sid)
    assert (found.source, found.channels, found.duration) == ("OutboundAPI", 2, "6")
    samples, _ = await asyncio.to_thread(download, service, made.sid)
    assert np.array_equal(samples, np.stack([said, np.zeros_like(said)], axis=1))
    assert own_api(service, "GET", f"/Calls/{CALL}").json()["status"] == "completed"
    assert causes(service, made.sid) == [("started", None), ("stopped", "call-ended"), ("completed", None)]


async def test_after_a_kill_the_stream_goes_on_where_it_was_and_the_gap_is_silence(service):
    said = speech("agent", 9, skip=6.5)
    async with stream(service, {"inbound": said}) as live:
        await live.start(service.credentials[0], CALL, Record="true")
        await live.play(3)
        await asyncio.sleep(1.5)
        service.end(signal.SIGKILL)
    service.start()
    async with stream(service, {"inbound": said}) as live:
        await live.start(service.credentials[0], CALL, Record="true")
        live.at = 4 * 8000
        await live.play(9)
        await live.stop()
    (made,) = await recordings_of(service)
    found = await asyncio.to_thread(wait_for, service, made.sid)
    samples, _ = await asyncio.to_thread(download, service, made.sid)
    expected = said.copy()
    expected[3 * 8000 : 4 * 8000] = 0
    assert found.duration == "9"
    assert np.array_equal(samples, expected)


@quick
async def test_a_stream_that_does_not_come_back_ends_its_recordings(service):
    async with stream(service, {"inbound": speech("agent", 3)}) as live:
        await live.start(service.credentials[0], CALL, Record="true")
        await live.play(3)
    (made,) = await recordings_of(service)
    found = await asyncio.to_thread(wait_for, service, made.sid)
    assert found.duration == "3"
    assert causes(service, made.sid)[1] == ("stopped", "media-lost")
    assert own_api(service, "GET", f"/Calls/{CALL}").json()["status"] == "completed"


async def test_what_is_said_while_paused_is_nowhere_in_the_folder(service):
    secret = np.random.default_rng(7).integers(-20000, 20000, 3 * 8000).astype(np.int16)
    said = speech("agent", 9)
    said[3 * 8000 : 6 * 8000] = secret
    recordings = service.client().calls(CALL).recordings
    async with stream(service, {"inbound": said}) as live:
        await live.start(service.credentials[0], CALL)
        await live.heard_by_all()
        made = await asyncio.to_thread(recordings.create)
        await live.play(3)
        await asyncio.to_thread(recordings("Twilio.CURRENT").update, status="paused")
        await live.play(6)
        await asyncio.to_thread(recordings("Twilio.CURRENT").update, status="in-progress")
        await live.play(9)
        await asyncio.sleep(1.5)
        marker = live.tracks["inbound"][4 * 8000 : 4 * 8000 + 160]
        known = live.tracks["inbound"][2 * 8000 : 2 * 8000 + 160]
        written = contents(service.folder / "spool")
        await live.stop()
    inverted = bytes(byte ^ 0xFF for byte in range(256))
    for coded, is_there in ((known, True), (marker, False)):
        forms = (coded, coded.translate(inverted))
        assert any(form in content for form in forms for content in written) is is_there
    await asyncio.to_thread(wait_for, service, made.sid)
    samples, _ = await asyncio.to_thread(download, service, made.sid)
    assert len(samples) == 9 * 8000
    assert not samples[3 * 8000 : 6 * 8000].any()


async def test_a_conference_is_all_its_streams_in_one_channel(service):
    said = [speech("agent", 4), speech("caller", 4, skip=3)]
    calls = [CALL, "CA" + "3" * 32]
    async with stream(service, {"inbound": said[0]}, "MZ1") as one, stream(service, {"inbound": said[1]}, "MZ2") as two:
        for live, call in ((one, calls[0]), (two, calls[1])):
            await live.start(service.credentials[0], call, ConferenceSid=CONFERENCE)
            await live.heard_by_all()
        made = own_api(service, "POST", f"/Conferences/{CONFERENCE}/Recordings", json={}).json()
        await one.play(4)
        await two.play(4)
        await one.stop()
        await two.stop()
    found = await asyncio.to_thread(wait_for, service, made["sid"])
    assert (found.channels, found.conference_sid) == (1, CONFERENCE)
    samples, _ = await asyncio.to_thread(download, service, made["sid"])
    assert np.array_equal(samples, np.clip(said[0].astype(int) + said[1], -32768, 32767))
    assert (await asyncio.to_thread(ask, service, made["sid"], ".wav", RequestedChannels="2")).status_code == 404


async def test_a_stream_is_known_by_twilios_signature(service):
    url = f"ws://127.0.0.1:{service.port}/v1/MediaStream?room=1"
    right = RequestValidator(service.credentials[1]).compute_signature(url, {})
    for signature, code in ((right, None), (right[::-1], 1008)):
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url.replace("ws:", "http:"), headers={"X-Twilio-Signature": signature}) as socket,
        ):
            start = {
                "accountSid": service.credentials[0],
                "callSid": CALL,
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            }
            await socket.send_json({"event": "start", "streamSid": "MZ1", "start": start})
            if code is None:
                await socket.send_json({"event": "stop"})
            answer = await socket.receive(timeout=10)
            assert answer.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}
            assert (socket.close_code == 1008) is (code == 1008)


async def test_a_stream_of_another_account_is_refused_in_words(service):
    async with stream(service, {"inbound": speech("agent", 1)}) as live:
        await live.start("AC" + "9" * 32, CALL)
        answer = await live.socket.receive(timeout=10)
    assert (answer.data, answer.extra) == (1008, "start.accountSid is not the account of the credentials")


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


async def test_a_recording_that_heard_nothing_is_absent_without_waiting_for_an_upload(service):
    recordings = service.client().calls(CALL).recordings
    async with stream(service, {"inbound": speech("agent", 3)}) as live:
        await live.start(service.credentials[0], CALL)
        await live.play(1)
        made = await asyncio.to_thread(recordings.create)
        await asyncio.to_thread(recordings(made.sid).update, status="paused", pause_behavior="skip")
        await live.play(3)
        await asyncio.to_thread(recordings(made.sid).update, status="stopped")
        await live.stop()
    assert (await asyncio.to_thread(wait_for, service, made.sid, "absent")).error_code == 16101


@quick
def test_a_recording_that_nobody_brings_audio_for_is_absent(service):
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create().sid
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "completed"})
    began = time.monotonic()
    assert wait_for(service, sid, "absent").error_code == 16101
    assert time.monotonic() - began > 0.5
    assert ask(service, sid, ".wav").status_code == 404


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
