"""Sound through the whole service: streamed in, paused, finished, downloaded, read back with libsndfile."""

import asyncio

import numpy as np

from listener import ask, download, wait_for
from speaker import speech, stream

CALL = "CA" + "1" * 32


async def test_pauses_are_left_out_or_silent_in_mono_and_dual_wav_and_mp3(service):
    sides = {"inbound": speech("agent", 20), "outbound": speech("caller", 20)}
    inbound, outbound = sides.values()
    both = np.clip(inbound.astype(int) + outbound, -32768, 32767)
    recordings = service.client().calls(CALL).recordings
    made = {}
    async with stream(service, sides) as live:
        await live.start(service.credentials[0], CALL)
        await live.heard_by_all()
        for channels in ("mono", "dual"):
            for behavior in ("skip", "silence"):
                recording = await asyncio.to_thread(recordings.create, recording_channels=channels)
                made[channels, behavior] = recording.sid
        await live.play(8)
        for (_, behavior), sid in made.items():
            update = recordings(sid).update
            await asyncio.to_thread(update, status="paused", pause_behavior=behavior)
        await live.play(13)
        for sid in made.values():
            await asyncio.to_thread(recordings(sid).update, status="in-progress")
        await live.play(20)
        await live.stop()
    gap = slice(8 * 8000, 13 * 8000)
    for (channels, behavior), sid in made.items():
        found = await asyncio.to_thread(wait_for, service, sid)
        assert (found.duration, found.price) == ("15" if behavior == "skip" else "20", "-0.00250")
        for wanted, sources in (("1", [both]), ("2", [inbound, outbound])):
            expected = np.stack(sources, axis=1)
            expected = np.delete(expected, gap, axis=0) if behavior == "skip" else expected.copy()
            if behavior == "silence":
                expected[gap] = 0
            samples, rate = download(service, sid, RequestedChannels=wanted)
            assert (rate, samples.reshape(len(samples), -1).shape) == (8000, expected.shape)
            assert np.array_equal(samples.reshape(expected.shape), expected)
            mp3, mp3_rate = download(service, sid, ".mp3", RequestedChannels=wanted)
            assert mp3_rate == 8000
            assert mp3.ndim == int(wanted)
            assert abs(len(mp3) - len(expected)) < 0.3 * 8000
        plain, _ = download(service, sid, "")
        assert plain.ndim == (1 if channels == "mono" else 2)
    assert await asyncio.to_thread(recordings(made["mono", "skip"]).delete)
    assert ask(service, made["mono", "skip"], ".mp3").status_code == 404
    assert list(service.folder.glob(f"**/{made['mono', 'skip']}")) == []
