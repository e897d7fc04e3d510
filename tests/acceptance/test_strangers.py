"""Sockets of those who have not said who they are: they get little, and break nothing."""

import asyncio
import json

import aiohttp
import pytest

from speaker import FORMAT

HANDSHAKE = (
    b"GET /v1/MediaStream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Twilio-Signature: \xff\xfe\r\n\r\n"
)


@pytest.mark.parametrize(("said", "size"), [(20, 10), (3, 60_000)])
async def test_what_comes_before_the_start_is_little_or_refused(service, said, size):
    url, signed = f"{service.url}/v1/MediaStream", {"X-Twilio-Signature": "x"}
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers=signed) as socket:
        for _ in range(said):
            await socket.send_json({"event": "connected", "protocol": "x" * size})
        closed = await socket.receive(timeout=5)
    assert (closed.data, closed.extra) == (1008, "start must be among the first 8 messages, and short")


async def test_a_signature_of_any_bytes_is_a_wrong_one(service):
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.write(HANDSHAKE)
    await reader.readuntil(b"\r\n\r\n")
    start = {"accountSid": service.credentials[0], "callSid": "CA" + "1" * 32, "mediaFormat": FORMAT}
    said = json.dumps({"event": "start", "start": start}).encode()
    writer.write(b"\x81" + bytes([0x80 | 126]) + len(said).to_bytes(2) + bytes(4) + said)
    assert b"the signature is not of this URL" in await asyncio.wait_for(reader.read(200), 5)
    assert "stream.failed" not in {line["event"] for line in service.log_events()}
    writer.close()
