"""Streams that come back, are lost, are killed, are mixed, are refused; and recordings that were made elsewhere."""

import asyncio
import signal

import aiohttp
import numpy as np
from twilio.request_validator import RequestValidator

from listener import ask, causes, download, own_api, quick, wait_for
from running import alone
from speaker import speech, stream

CALL = "CA" + "1" * 32
CONFERENCE = "CF" + "2" * 32


def contents(service) -> list[bytes]:
    """Return all that was written, but for what the database keeps: no sound is sent to it."""
    folders = [service.folder / name for name in ("spool", "media", "uploads")]
    sound = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [*sound, service.log.read_bytes()]


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


@alone
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
        written = contents(service)
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
    assert (answer.data, answer.extra) == (1008, "accountSid is not the account of the credentials")


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
