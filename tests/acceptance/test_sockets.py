"""What holds for the sockets of every dialect: who may come in, how long he may say nothing, how he is refused."""

import asyncio
from contextlib import AsyncExitStack

import aiohttp
import pytest
from twilio.request_validator import RequestValidator

from listener import own_api
from running import alone
from speaker import FORMAT, speech, stream

CALL = "CA" + "1" * 32
PATHS = ["/v1/MediaStream", "/v1/AudioFork", "/v1/AudioFork/record/aws_s3"]
IDLE = {"RECORDKEEPER_STREAM_IDLE_SECONDS": "1", "RECORDKEEPER_REATTACH_SECONDS": "0.5"}
SIGNED = {"X-Twilio-Signature": "of somebody"}
MOST_STRANGERS = 100


def opening(path: str, account_sid: str) -> dict:
    said = {"accountSid": account_sid, "callSid": CALL}
    if "Fork" in path:
        return said | {"sampleRate": 8000, "mixType": "mono"}
    return {"event": "start", "start": said | {"mediaFormat": FORMAT}}


@pytest.mark.parametrize("path", PATHS[1:])
async def test_a_fork_is_known_by_twilios_signature_too(service, path):
    url = f"ws://127.0.0.1:{service.port}{path}?a=1"
    right = RequestValidator(service.credentials[1]).compute_signature(url, {})
    for signature, is_right in ((right, True), (right[::-1], False)):
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(url.replace("ws:", "http:"), headers={"X-Twilio-Signature": signature}) as socket,
        ):
            await socket.send_json(opening(path, service.credentials[0]))
            if is_right:
                await socket.send_bytes(bytes(320))
                with pytest.raises(TimeoutError):
                    await socket.receive(timeout=0.5)
            else:
                answer = await socket.receive(timeout=10)
                reason = "the signature is not of this URL with the account's auth token: ws://127.0.0.1:"
                assert (answer.data, answer.extra.startswith(reason)) == (1008, True)


@pytest.mark.parametrize("path", PATHS)
async def test_who_brings_neither_credentials_nor_a_signature_is_not_let_in(service, path):
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{service.url}{path}")
    assert refused.value.status == 401


@alone
async def test_sockets_that_have_not_said_whose_they_are_are_only_so_many(service):
    url = f"{service.url}/v1/AudioFork"
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session, AsyncExitStack() as opened:
        strangers = [
            await opened.enter_async_context(session.ws_connect(url, headers=SIGNED)) for _ in range(MOST_STRANGERS)
        ]
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{service.url}/v1/MediaStream", headers=SIGNED)
        assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "1")
        async with stream(service, {"inbound": speech("agent", 1)}) as live:
            await live.start(service.credentials[0], CALL)
            await live.heard_by_all()
        await strangers[0].close()
        await asyncio.sleep(0.2)
        async with session.ws_connect(url, headers=SIGNED) as let_in:
            assert not let_in.closed


@pytest.mark.parametrize("service", [IDLE], indirect=True)
async def test_a_stream_that_brings_no_sound_is_closed_and_counts_as_lost_but_words_do_not_keep_it(service):
    async with stream(service, {"inbound": speech("agent", 1)}) as live:
        await live.start(service.credentials[0], CALL, Record="true")
        for _ in range(6):
            await live.play(live.at / 8000 + 0.1)
            await asyncio.sleep(0.3)
        for _ in range(4):
            await live.socket.send_json({"event": "mark", "streamSid": live.sid, "mark": {"name": "here"}})
            await asyncio.sleep(0.3)
        answer = await live.socket.receive(timeout=10)
    assert (answer.data, answer.extra) == (1008, "no audio came for 1 seconds")
    (ended,) = [line for line in service.log_events() if line["event"] == "stream.ended"]
    assert ended["lost"]


async def test_record_that_is_neither_true_nor_false_starts_no_call(service):
    async with stream(service, {"inbound": speech("agent", 1)}) as live:
        await live.start(service.credentials[0], CALL, Record="já" * 100)
        answer = await live.socket.receive(timeout=10)
    assert answer.data == 1008
    assert answer.extra.startswith("Record must be true or false; it was 'já")
    assert own_api(service, "GET", f"/Calls/{CALL}").status_code == 404


async def test_a_message_too_large_is_a_lost_socket_with_its_cause_in_the_log(service):
    async with stream(service, {"inbound": speech("agent", 1)}) as live:
        await live.start(service.credentials[0], large := "CA" + "7" * 32)
        await live.socket.send_str("x" * 70_000)
        answer = await live.socket.receive(timeout=10)
    assert answer.data == 1009
    (ended,) = [line for line in service.log_events() if line["event"] == "stream.ended" and line["call"] == large]
    (broken,) = [line for line in service.log_events() if line["event"] == "stream.broken"]
    assert ("65536" in broken["error"], broken["request_id"], ended["lost"]) == (True, ended["request_id"], True)
