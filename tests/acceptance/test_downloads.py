"""Media as HTTP has it: parts, tags, conditions, HEAD; in constant memory, and to clients of every kind."""

import http.client
import re
import socket
from pathlib import Path

import aiohttp
import pytest
import requests

from listener import own_api, wait_for
from population import CALL, CONFERENCE, wav
from running import alone

LONG = 3600.0
MEMORY_KB = 8 * 1024
"""How much more than before a long file may take while it is downloaded: far less than the file's 58 MB."""


def uploaded(service, kind: str = "Calls", parent: str = CALL, seconds: float = 2.0) -> str:
    own_api(service, "PUT", f"/{kind}/{parent}", json={"status": "in-progress"})
    sid = own_api(service, "POST", f"/{kind}/{parent}/Recordings", json={}).json()["sid"]
    assert own_api(service, "PUT", f"/Recordings/{sid}/Media", data=wav(seconds)).status_code == 202
    wait_for(service, sid)
    return sid


@pytest.fixture
def media(service):
    """Return the URL of a completed recording's sound, without its extension."""
    return f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings/{uploaded(service)}"


@pytest.fixture
def get(service):
    def send(url: str, method: str = "GET", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.request(method, url, headers=named, auth=service.credentials, timeout=10)

    return send


@pytest.mark.parametrize(("extension", "kind"), [("", "audio/x-wav"), (".wav", "audio/x-wav"), (".mp3", "audio/mpeg")])
def test_head_says_what_get_would_without_its_body(media, get, extension, kind):
    whole, head = get(media + extension), get(media + extension, "HEAD")
    unlike = {"Date", "Twilio-Request-Id", "X-Request-Id"}
    said, heads = ({k: v for k, v in answer.headers.items() if k not in unlike} for answer in (whole, head))
    assert (whole.status_code, head.status_code, said, head.content) == (200, 200, heads, b"")
    assert said["Content-Length"] == str(len(whole.content))
    assert (said["Content-Type"], said["Accept-Ranges"]) == (kind, "bytes")
    sid = media.rpartition("/")[2]
    assert said["Content-Disposition"] == f'inline; filename="{sid}{extension or ".wav"}"'
    assert (said["Cache-Control"], said["X-Content-Type-Options"]) == ("private, no-cache", "nosniff")
    assert re.fullmatch(rf'"[0-9a-f]{{64}}-1\{extension or ".wav"}"', whole.headers["ETag"])
    part = get(media + extension, "HEAD", Range="bytes=0-3")
    assert (part.status_code, part.headers["Content-Length"], part.content) == (206, "4", b"")


def test_parts_are_what_they_are_of_the_whole_and_conditions_are_kept(media, get):
    whole = get(media + ".wav")
    tag, modified, body = whole.headers["ETag"], whole.headers["Last-Modified"], whole.content
    for asked, part in {"bytes=0-3": body[:4], "bytes=100-": body[100:], "BYTES=-10": body[-10:]}.items():
        answer = get(media + ".wav", Range=asked)
        start = body.index(part, 0 if asked == "bytes=0-3" else 100)
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["Content-Range"].startswith(f"bytes {start if '=-' not in asked else len(body) - 10}-")
        assert answer.headers["Content-Range"].endswith(f"/{len(body)}")
    for asked in ("bytes=0-1,4-5", "frames=1-2", ""):
        assert get(media + ".wav", Range=asked).content == body
    for asked in (f"bytes={len(body)}-", "bytes=5-2", "bytes=-0", "bytes=-", "bytes=a-b"):
        answer = get(media + ".wav", Range=asked)
        assert (answer.status_code, answer.headers["Content-Range"]) == (416, f"bytes */{len(body)}"), asked
        assert "20416" in answer.text
    known = get(media + ".wav", If_None_Match=tag)
    assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", tag)
    assert get(media + ".wav", "HEAD", If_None_Match=f'"other", W/{tag}').status_code == 304
    assert get(media + ".wav", If_Modified_Since=modified).status_code == 304
    assert get(media + ".mp3", If_None_Match=tag).status_code == 200
    assert get(media + ".wav", If_Match=tag).status_code == get(media + ".wav", If_Match="*").status_code == 200
    assert get(media + ".wav", If_Match='"other"').status_code == 412
    assert get(media + ".wav", If_Unmodified_Since="Sun, 06 Nov 1994 08:49:37 GMT").status_code == 412
    for condition, status in ((tag, 206), (modified, 206), ('"other"', 200), (f"W/{tag}", 200), ("never", 200)):
        assert get(media + ".wav", Range="bytes=0-3", If_Range=condition).status_code == status, condition


def test_channels_that_a_recording_does_not_have_are_not_found(service, get):
    sid = uploaded(service, "Conferences", CONFERENCE)
    account = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}"
    for path in (f"{account}/Recordings/{sid}", f"{account}/Conferences/{CONFERENCE}/Recordings/{sid}"):
        for extension in ("", ".wav", ".mp3"):
            assert get(f"{path}{extension}?RequestedChannels=1", "HEAD").status_code == 200
            assert get(f"{path}{extension}?RequestedChannels=2", "HEAD").status_code == 404
            assert "<Code>16113</Code>" in get(f"{path}{extension}?RequestedChannels=2").text
            assert get(f"{path}{extension}?RequestedChannels=both", "HEAD").status_code == 400


async def test_requests_on_one_connection_are_answered_one_after_the_other(service, media):
    head = {"Authorization": aiohttp.encode_basic_auth(*service.credentials)}
    async with aiohttp.ClientSession(headers=head, connector=aiohttp.TCPConnector(limit=1)) as session:
        lengths = []
        for extension in (".wav", ".json", ".mp3", ".wav"):
            async with session.get(media + extension) as answer:
                lengths.append((answer.status, len(await answer.read()) == answer.content_length))
    assert lengths == [(200, True)] * 4


@alone
def test_a_long_file_is_sent_in_constant_memory_and_a_client_may_leave(service, get):
    sid = uploaded(service, seconds=LONG)
    path = f"/2010-04-01/Accounts/{service.credentials[0]}/Recordings/{sid}.wav"
    url = service.url + path
    get(url, Range="bytes=0-99")
    before = resident_kb(service.process.pid)
    with requests.get(url, auth=service.credentials, stream=True, timeout=30) as answer:
        received = sum(len(chunk) for chunk in answer.iter_content(1 << 20))
    assert received == int(answer.headers["Content-Length"]) > 57_000_000
    assert peak_kb(service.process.pid) - before < MEMORY_KB
    head = {"Authorization": aiohttp.encode_basic_auth(*service.credentials)}
    leaving = http.client.HTTPConnection("127.0.0.1", service.port, timeout=10)
    leaving.request("GET", path, headers=head)
    leaving.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    leaving.sock.recv(1000)
    leaving.sock.close()
    assert get(url, "HEAD").status_code == 200
    assert not [line for line in service.log_events() if line["level"] == "error"]


def resident_kb(process: int) -> int:
    """Return the process's memory, and have its peak counted from here."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return _memory_kb(process, "VmRSS")


def peak_kb(process: int) -> int:
    return _memory_kb(process, "VmHWM")


def _memory_kb(process: int, field: str) -> int:
    return int(re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())[1])
