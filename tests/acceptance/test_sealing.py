"""Media sealed at rest: on the disk they are noise, over HTTP they are what they were."""

import asyncio
import io
import secrets
import signal
import time

import asyncpg
import numpy as np
import pytest
import requests
import soundfile

from listener import ask, own_api, record
from running import alone
from service.postgres.embedded import running_dsn

OLD, NEW = secrets.token_hex(32), secrets.token_hex(32)
SEALED = {"RECORDKEEPER_SEALING_KEY": OLD}
sealed = pytest.mark.parametrize("service", [SEALED], indirect=True)


def noise(seconds: int) -> bytes:
    """Return a WAV that no other has a part of."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.random.default_rng().integers(-9000, 9000, seconds * 8000, np.int16), 8000, format="WAV")
    return buffer.getvalue()


def on_disk(service, sid: str) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in service.folder.glob(f"media/*/{sid}/*")}


def get(service, sid: str, extension: str = ".wav", method: str = "GET", **headers) -> requests.Response:
    url = f"{service.url}/2010-04-01/Accounts/{service.credentials[0]}/Recordings/{sid}{extension}"
    return requests.request(method, url, headers=headers, auth=service.credentials, timeout=10)


def restart(service, **settings: str) -> None:
    assert service.end(signal.SIGTERM) == 0
    service.settings = settings
    service.start()


def wait_for_empty_spool(service) -> None:
    """Wait for what comes after `completed`: until then the sound is there as it came."""
    deadline = time.monotonic() + 10
    while list(service.folder.glob("spool/*/*")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


@sealed
def test_a_sealed_recording_is_noise_on_the_disk_and_itself_over_http(service):
    wav = noise(80)
    sid = record(service, wav)
    files = on_disk(service, sid)
    assert sorted(files) == ["1.mp3.sealed", "1.wav.sealed"]
    wait_for_empty_spool(service)
    everything = b"".join(path.read_bytes() for path in service.folder.glob("[!p]*/**/*") if path.is_file())
    for at in range(44, len(wav) - 32, 16_000):
        assert wav[at : at + 32] not in everything
    assert b"RIFF" not in everything
    assert get(service, sid).content == wav
    mp3 = get(service, sid, ".mp3")
    samples, _ = soundfile.read(io.BytesIO(mp3.content), dtype="int16")
    assert (mp3.headers["Content-Type"], len(samples)) == ("audio/mpeg", pytest.approx(80 * 8000, abs=2400))
    (completed,) = [
        event["data"]
        for event in own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
        if event["type"] == "completed"
    ]
    assert (completed["size"], completed["encryption"]) == (len(wav), None)


@sealed
def test_parts_and_conditions_are_answered_as_for_plain_files(service):
    wav = noise(80)
    sid, size = record(service, wav), len(wav)
    whole = get(service, sid)
    etag = whole.headers["ETag"]
    parts = {"0-0": (0, 1), "65530-65540": (65530, 65541), "1048570-": (1048570, size), "-5": (size - 5, size)}
    parts |= {f"100-{size * 2}": (100, size), f"-{size * 2}": (0, size), "0-1048575": (0, 1 << 20)}
    for asked, (begin, end) in parts.items():
        part = get(service, sid, Range=f"bytes={asked}")
        assert (part.status_code, part.content) == (206, wav[begin:end]), asked
        assert part.headers["Content-Range"] == f"bytes {begin}-{end - 1}/{size}"
    for asked in (f"{size}-", "9-3", "x"):
        part = get(service, sid, Range=f"bytes={asked}")
        assert (part.status_code, part.headers["Content-Range"]) == (416, f"bytes */{size}"), asked
    head = get(service, sid, method="HEAD")
    assert (head.status_code, head.headers["Content-Length"], head.headers["ETag"]) == (200, str(size), etag)
    assert (head.headers["Content-Type"], head.headers["Accept-Ranges"]) == ("audio/x-wav", "bytes")
    ranged = {"Range": "bytes=0-9"}
    modified = whole.headers["Last-Modified"]
    answers = {
        206: [{"If-Range": etag}, {"If-Range": modified}, {"If-Match": etag}, {"If-Unmodified-Since": modified}],
        200: [{"If-Range": '"other"'}, {"If-Range": "Sun, 22 Nov 2020 21:10:23 GMT"}],
        304: [{"If-None-Match": etag}, {"If-None-Match": f'"x", {etag}'}, {"If-Modified-Since": modified}],
        412: [{"If-Match": '"other"'}, {"If-Unmodified-Since": "Sun, 22 Nov 2020 21:10:23 GMT"}],
    }
    for status, conditions in answers.items():
        for condition in conditions:
            assert get(service, sid, **ranged, **condition).status_code == status, condition


@alone
def test_keys_are_changed_without_losing_what_was_sealed_or_was_not(service):
    plain = record(service, noise(2))
    restart(service, **SEALED)
    old = record(service, noise(2))
    assert list(on_disk(service, plain)) != list(on_disk(service, old))
    restart(service, RECORDKEEPER_SEALING_KEY=NEW)
    new = record(service, noise(2))
    assert [ask(service, sid, ".wav").status_code for sid in (plain, old, new)] == [200, 503, 200]
    refused = ask(service, old, ".mp3")
    assert "sealed with a key that the service does not have at present" in refused.text
    assert "<Code>20503</Code>" in refused.text
    (service.folder.parent / "keys").write_text(f"{NEW}\n{OLD}\n")
    restart(service, RECORDKEEPER_SEALING_KEY_FILE=str(service.folder.parent / "keys"))
    assert [ask(service, sid, ".wav").status_code for sid in (plain, old, new)] == [200, 200, 200]
    restart(service)
    assert [ask(service, sid, ".wav").status_code for sid in (plain, old, new)] == [200, 503, 503]
    missing = [event for event in service.log_events() if event["event"] == "media.key_missing"]
    assert {event["recording"] for event in missing} == {old, new}
    assert "Traceback" not in service.log.read_text()
    assert not {OLD, NEW} & set(service.log.read_text().split('"'))


@sealed
def test_delete_destroys_the_key_and_the_files(service):
    sids = [record(service, noise(2)) for _ in range(2)]
    assert get(service, sids[0], ".json", "DELETE").status_code == 204
    assert on_disk(service, sids[0]) == {}
    assert get(service, sids[0]).status_code == 404
    short = bytearray(noise(1)[: 44 + 100])
    short[40:44] = b"\xff" * 4  # as one whose length nobody knew
    record(service, bytes(short), "absent")
    assert asyncio.run(keys(service)) == sids[1:]


async def keys(service) -> list[str]:
    connection = await asyncpg.connect(running_dsn(service.folder))
    try:
        return [row["recording_sid"] for row in await connection.fetch("SELECT recording_sid FROM media_keys")]
    finally:
        await connection.close()


@sealed
def test_what_was_changed_on_the_disk_is_not_served(service):
    sid = record(service, noise(80))
    (path,) = service.folder.glob(f"media/*/{sid}/1.wav.sealed")
    good = path.read_bytes()

    def change(at: int) -> None:
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])

    for at in (0, 20, 50, len(good) - 1):
        change(at)
        refused = get(service, sid)
        assert (refused.status_code, "not what was written" in refused.text) == (500, True), at
    path.write_bytes(good[: 40 + 3 * (65536 + 16)])
    assert get(service, sid).status_code == 500
    path.write_bytes(next(iter(service.folder.glob(f"media/*/{sid}/1.mp3.sealed"))).read_bytes())
    assert get(service, sid).status_code == 500
    change(17 * (65536 + 16))
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="231468 more expected"):
        get(service, sid)
    assert get(service, sid, Range="bytes=0-1000").status_code == 206
    found = [event for event in service.log_events() if event["event"] == "media.tampered"]
    assert [event["file"] for event in found] == [f"{sid}/1.wav"] * 7
    assert "Traceback" not in service.log.read_text()


@sealed
def test_a_worker_that_would_not_seal_is_refused(service):
    refused = service.command("worker")
    said = "give the worker what the service has as RECORDKEEPER_SEALING_KEY or RECORDKEEPER_SEALING_KEY_FILE\n"
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.endswith(said)
    assert OLD not in (service.folder / "keeping.json").read_text()
