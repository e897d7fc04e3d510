"""Twilio's own Python library in its asynchronous shape, while a call's sound streams in on the same loop."""

import asyncio
import io
from datetime import UTC, datetime, timedelta

import aiohttp
import numpy as np
import pytest
import soundfile
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from listener import wait_for
from speaker import speech, stream

CALL = "CA" + "6" * 32
# Twilio's client calls what aiohttp 3.14 deprecates
pytestmark = [
    pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The .auth. parameter is deprecated:DeprecationWarning"),
]


@pytest.fixture
async def client(service):
    async with AsyncTwilioHttpClient() as http_client:
        made = Client(*service.credentials, http_client=http_client)
        made.api.base_url = service.url
        yield made


async def download(service, url: str) -> tuple[str, np.ndarray]:
    headers = {"Authorization": aiohttp.encode_basic_auth(*service.credentials)}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        assert answer.status == 200, await answer.text()
        return answer.content_type, soundfile.read(io.BytesIO(await answer.read()), dtype="int16")[0]


async def recorded(service, client: Client, sides: dict[str, np.ndarray]) -> tuple[str, str]:
    """Record seconds 1 to 3 and 5 to 8 of the stream in two channels, and 5 to 8 in one beside it."""
    recordings = client.calls(CALL).recordings
    async with stream(service, sides) as live:
        await live.start(service.credentials[0], CALL)
        await live.play(1)
        made = await recordings.create_async(recording_channels="dual")
        assert (made.status, made.channels, made.source) == ("in-progress", 2, "StartCallRecordingAPI")
        await live.play(3)
        paused = await recordings("Twilio.CURRENT").update_async(status="paused", pause_behavior="skip")
        assert (paused.sid, paused.status) == (made.sid, "paused")
        await live.play(5)
        assert (await recordings(made.sid).update_async(status="in-progress")).status == "in-progress"
        second = await recordings.create_async()
        await live.play(8)
        for sid in (made.sid, "Twilio.CURRENT"):
            assert (await recordings(sid).update_async(status="stopped")).status == "stopped"
        await live.stop()
    return made.sid, second.sid


async def test_a_recording_lives_its_whole_life_through_the_asynchronous_client(service, client):
    sides = {"inbound": speech("agent", 8), "outbound": speech("caller", 8)}
    first, second = await recorded(service, client, sides)
    for sid, duration in ((first, "5"), (second, "3")):
        assert (await asyncio.to_thread(wait_for, service, sid)).duration == duration
    found = await client.recordings(first).fetch_async()
    assert (found.status, found.duration, found.channels) == ("completed", "5", 2)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    listed = await client.recordings.list_async(call_sid=CALL, date_created_after=yesterday, page_size=1)
    streamed = [row.sid async for row in await client.calls(CALL).recordings.stream_async(page_size=1)]
    assert [row.sid for row in listed] == streamed == [second, first]
    kind, samples = await download(service, found.media_url)
    expected = np.stack(list(sides.values()), axis=1)[np.r_[8000:24000, 40000:64000]]
    assert kind == "audio/x-wav"
    assert np.array_equal(samples, expected)
    kind, samples = await download(service, service.url + found.uri.replace(".json", ".mp3"))
    assert (kind, samples.shape[1]) == ("audio/mpeg", 2)
    assert abs(len(samples) - len(expected)) < 0.3 * 8000
    assert await client.recordings(first).delete_async()
    with pytest.raises(TwilioRestException) as gone:
        await client.recordings(first).fetch_async()
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert [row.sid for row in await client.recordings.list_async(call_sid=CALL)] == [second]
