"""What jambonz and FreeSWITCH fork: right to the sample at every rate, in its channel, ended or lost as it says."""

import asyncio
import json
import uuid

import numpy as np
import pytest

from forker import Fork, fork
from listener import causes, download, own_api, quick, wait_for
from speaker import speech

UUID = uuid.UUID("0e0681b0-d49f-4fb8-b973-b5a3c6758de1")
CALL = "CA" + UUID.hex
SECONDS = 6
PATIENCE = {"RECORDKEEPER_STREAM_IDLE_SECONDS": "1", "RECORDKEEPER_REATTACH_SECONDS": "0.5"}


def parties(seconds: float = SECONDS) -> np.ndarray:
    return np.stack([speech("caller", seconds), speech("agent", seconds, skip=6.5)], axis=1)


def delay(heard: np.ndarray, said: np.ndarray) -> int:
    """Return by how many samples `heard` is late, by cross-correlation."""
    size = 2 * len(said)
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size))
    late = int(np.fft.irfft(spectrum).argmax())
    return late if late < len(said) else late - size


async def only_recording(service):
    (made,) = await asyncio.to_thread(service.client().recordings.list, call_sid=CALL)
    return await asyncio.to_thread(wait_for, service, made.sid)


@pytest.mark.parametrize("rate", [8000, 16000, 24000, 48000])
async def test_a_fork_is_recorded_in_its_channels_and_stays_aligned_from_first_to_last_second(service, rate):
    said = parties()
    async with fork(service, said, rate, "/record/aws_s3") as live:
        await live.start(str(uuid.UUID(service.credentials[0][2:])), str(UUID))
        await live.play(2)
        await live.play(4, step=4099)
        await live.play(SECONDS, step=100_000)
        await live.close()
    made = await only_recording(service)
    assert (made.channels, made.duration, made.source) == (2, str(SECONDS), "OutboundAPI")
    assert causes(service, made.sid) == [("started", None), ("stopped", "call-ended"), ("completed", None)]
    samples, _ = await asyncio.to_thread(download, service, made.sid)
    assert samples.shape == said.shape
    if rate == 8000:
        assert np.array_equal(samples, said)
    for channel in (0, 1):
        heard, spoken = samples[:, channel].astype(float), said[:, channel].astype(float)
        for second in (slice(0, 16000), slice(-16000, None)):
            assert abs(delay(heard[second], spoken[second])) <= 8
        assert np.sqrt(np.mean((heard - spoken) ** 2)) < 0.05 * np.sqrt(np.mean(spoken**2))


@pytest.mark.parametrize("rate", [8000, 24000])
async def test_a_mixed_fork_that_asks_for_it_is_the_inbound_channel(service, rate):
    said = parties()[:, 0]
    async with fork(service, said, rate) as live:
        await live.start(service.credentials[0], CALL, Record=True, RecordingChannels="dual")
        await live.play(SECONDS)
        await live.close()
    samples, _ = await asyncio.to_thread(download, service, (await only_recording(service)).sid)
    assert samples.shape == (SECONDS * 8000, 2)
    assert not samples[:, 1].any()
    assert delay(samples[:, 0].astype(float), said.astype(float)) == 0


async def test_a_recording_stopped_while_its_fork_is_held_up_has_all_that_was_heard(service):
    said = parties(3)
    recordings = service.client().calls(CALL).recordings
    async with fork(service, said, 16000) as live:
        await live.start(service.credentials[0], CALL)
        await live.heard_by_all()
        made = await asyncio.to_thread(recordings.create, recording_channels="dual")
        await live.play(3)
        await asyncio.to_thread(recordings(made.sid).update, status="stopped")
        await asyncio.to_thread(wait_for, service, made.sid)
        samples, _ = await asyncio.to_thread(download, service, made.sid)
        await live.close()
    assert samples.shape == said.shape
    assert np.abs(samples[-800:].astype(int) - said[-800:])[:-40].max() < 0.05 * np.abs(said[-800:]).max()


async def test_what_is_said_while_paused_is_silence_in_a_fork_that_is_resampled(service):
    said = parties(9)
    recordings = service.client().calls(CALL).recordings
    async with fork(service, said, 48000, "/record/google") as live:
        await live.start(service.credentials[0], CALL)
        await live.play(3)
        await asyncio.to_thread(recordings("Twilio.CURRENT").update, status="paused")
        await live.play(6)
        await asyncio.to_thread(recordings("Twilio.CURRENT").update, status="in-progress")
        await live.play(9)
        await live.close()
    samples, _ = await asyncio.to_thread(download, service, (await only_recording(service)).sid)
    assert len(samples) == 9 * 8000
    assert not samples[3 * 8000 : 6 * 8000].any()
    assert samples[3 * 8000 - 800 : 3 * 8000].any()


async def test_a_lost_fork_goes_on_after_the_time_that_went_by(service):
    said = parties(4)
    for begin, end in ((0, 2), (2, 4)):
        async with fork(service, said, 16000, "/record/azure") as live:
            await live.start(service.credentials[0], CALL)
            live.at = begin * 16000
            await live.play(end)
            if end == 4:
                await live.close()
        await asyncio.sleep(0.5)
    made = await only_recording(service)
    samples, _ = await asyncio.to_thread(download, service, made.sid)
    gap = len(samples) - len(said)
    assert 0.4 * 8000 < gap < 2 * 8000
    assert not samples[2 * 8000 : 2 * 8000 + gap].any()
    later = samples[2 * 8000 + gap :, 1].astype(float)
    assert delay(later, said[2 * 8000 :, 1].astype(float)) == 0


@quick
async def test_a_fork_that_is_closed_otherwise_counts_as_lost(service):
    async with fork(service, parties(1), path="/record/s3_compatible") as live:
        await live.start(service.credentials[0], CALL)
        await live.play(1)
        await live.socket.close(code=1011)
    assert causes(service, (await only_recording(service)).sid)[1] == ("stopped", "media-lost")


async def test_later_text_is_logged_without_its_values(service):
    async with fork(service, parties(1), path="/record/aws_s3") as live:
        await live.start(service.credentials[0], CALL)
        await live.socket.send_json({"event": "dtmf", "dtmf": "4929", "duration": "1600"})
        await live.socket.send_str("no JSON at all")
        await live.play(1)
        await live.close()
    assert (await only_recording(service)).duration == "1"
    lines = [line for line in service.log_events() if line["event"] == "stream.metadata"]
    assert [line["keys"] for line in lines] == [["dtmf", "duration", "event"], []]
    assert "4929" not in json.dumps(lines)


@pytest.mark.parametrize("service", [PATIENCE], indirect=True)
async def test_a_fork_that_brings_no_sound_is_closed_and_lost(service):
    async with fork(service, parties(1), path="/record/aws_s3") as live:
        await live.start(service.credentials[0], CALL)
        await live.play(1)
        answer = await live.socket.receive(timeout=10)
        assert (answer.data, answer.extra) == (1008, "no audio came for 1 seconds")
    made = await only_recording(service)
    assert (made.duration, causes(service, made.sid)[1]) == ("1", ("stopped", "media-lost"))


async def refused(live: Fork) -> tuple[int, str]:
    answer = await live.socket.receive(timeout=10)
    await live.socket.close()
    return answer.data, answer.extra


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"accountSid": "AC" + "9" * 32}, "accountSid is not the account of the credentials"),
        ({"callSid": "call-1"}, "callSid: "),
        ({"sampleRate": 7999}, "sampleRate: Input should be greater than or equal to 8000"),
        ({"mixType": "dual"}, "mixType: Input should be 'mono', 'mixed' or 'stereo'"),
        ({"Record": "yes"}, "Record must be true or false; it was 'yes'"),
        ({"Record": "true", "RecordingChannels": "3"}, "RecordingChannels must be mono or dual; it was '3'"),
        ({"RecordingTrack": 5}, "RecordingTrack: Input should be a valid string"),
    ],
)
async def test_what_a_fork_says_wrongly_is_refused_in_words(service, wrong, words):
    for path in ("", "/record/aws_s3") if "RecordingTrack" in wrong or "Record" in wrong else ("",):
        async with fork(service, parties(1), path=path) as live:
            await live.start(**({"account_sid": service.credentials[0], "call_sid": CALL} | wrong))
            code, reason = await refused(live)
        assert (code, reason.startswith(words)) == (1008, True), reason
    assert own_api(service, "GET", f"/Calls/{CALL}").status_code == 404


async def test_sound_before_words_is_refused(service):
    async with fork(service, parties(1)) as live:
        await live.socket.send_bytes(b"\0" * 320)
        assert await refused(live) == (1008, "audio came before the text frame that says whose it is")
