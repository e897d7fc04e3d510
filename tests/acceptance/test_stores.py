"""Media in an object store: a real S3 server, its outages, and a service that is killed between upload and log."""

import asyncio
import io
import json
import os
import signal
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import requests
import soundfile

from listener import ask, causes, own_api, wait_for
from objects import KEY, Objects, objects
from receiver import receiver
from running import Running
from speaker import speech

CALL = "CA" + "1" * 32
OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "5"))
"""60 shows what the issue asks for."""


@pytest.fixture
def s3():
    with objects() as server:
        yield server


@pytest.fixture
def service(s3, unused_tcp_port, request):
    """Run the service with the store as everybody's; a test's parameters are settings, `{s3}` the store's endpoint."""
    settings = {"RECORDKEEPER_STORE_URL": s3.url(), **KEY}
    settings |= {name: value.replace("{s3}", s3.endpoint) for name, value in getattr(request, "param", {}).items()}
    with TemporaryDirectory(prefix="recordkeeper-acceptance-") as name:
        Path(name).chmod(0o755)
        running = Running(Path(name) / "var", unused_tcp_port, settings)
        running.start()
        yield running
        if running.process.poll() is None:
            assert running.end(signal.SIGTERM) == 0


def record(service, seconds: float = 3, **form) -> str:
    own_api(service, "PUT", f"/Calls/{CALL}", json={"status": "in-progress"})
    sid = service.client().calls(CALL).recordings.create(recording_channels="mono", **form).sid
    wav = io.BytesIO()
    said = speech("agent", seconds)
    soundfile.write(wav, list(zip(said, said[::-1], strict=True)), 8000, format="WAV", subtype="PCM_16")
    assert own_api(service, "PUT", f"/Recordings/{sid}/Media", data=wav.getvalue()).status_code == 202
    return sid


def local(service, sid: str) -> list[str]:
    folder = service.folder / "media" / service.credentials[0] / sid
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def until(true, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def names(service, sid: str) -> list[str]:
    """Name a stereo recording's objects whose caller asked for mono."""
    folder = f"calls/2026/{service.credentials[0]}/{sid}"
    return sorted(folder + end for end in ("", ".wav", ".mp3", ".2.wav", ".2.mp3"))


def test_media_go_to_the_store_whole_and_leave_with_their_recording(s3, service):
    sid = record(service)
    document = wait_for(service, sid)
    (event,) = [
        event["data"]
        for event in own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
        if event["type"] == "completed"
    ]
    media_url = f"{s3.endpoint}/recordings/calls/2026/{service.credentials[0]}/{sid}"
    assert (document.media_url, event["media_url"]) == (media_url, media_url)
    assert s3.names() == names(service, sid)
    stereo = s3.content(f"{media_url}.2.wav")
    assert (len(stereo), soundfile.info(io.BytesIO(stereo)).frames) == (event["size"], event["samples"])
    assert s3.content(media_url) == s3.content(f"{media_url}.wav")
    assert soundfile.info(io.BytesIO(s3.content(f"{media_url}.mp3"))).channels == 1
    assert requests.get(f"{media_url}.wav", timeout=10).status_code == 403
    for extension in ("", ".wav", ".mp3"):
        assert ask(service, sid, extension).status_code == 404
    until(lambda: not local(service, sid))
    assert service.client().recordings(sid).delete()
    until(lambda: not s3.names())
    (deleted,) = service.client().recordings.list(include_soft_deleted=True)
    assert (deleted.status, deleted.media_url) == ("deleted", media_url)


def outlast(s3, service, callback: str) -> str:
    """Record while the store is down; bring it back after a while, and wait for the end."""
    s3.end()
    sid = record(service, recording_status_callback=callback)
    until(lambda: ("delayed", "store") in causes(service, sid))
    time.sleep(OUTAGE_SECONDS)
    assert service.client().recordings(sid).fetch().status == "processing"
    assert local(service, sid) == ["1.mp3", "1.wav", "2.mp3", "2.wav"]
    sent = [line for line in service.log_events() if line["event"] == "callback.attempted"]
    assert sent == []
    s3.start()
    wait_for(service, sid, seconds=max(20, 2 * OUTAGE_SECONDS))
    return sid


async def test_an_outage_delays_and_loses_nothing(s3, service):
    async with receiver() as customer:
        sid = await asyncio.to_thread(outlast, s3, service, f"{customer.url}/told")
        async with asyncio.timeout(10):
            await customer.arrived.wait()
    assert [kind for kind, _ in causes(service, sid)] == ["started", "stopped", "delayed", "completed"]
    (told,) = customer.received
    assert told.fields["RecordingUrl"] == service.client().recordings(sid).fetch().media_url
    assert len(s3.content(told.fields["RecordingUrl"] + ".wav")) > 48000


@pytest.mark.parametrize("service", [{"AWS_SECRET_ACCESS_KEY": "tampered with"}], indirect=True)
def test_wrong_credentials_are_seen_and_the_media_stay_until_they_are_right(s3, service):
    sid = record(service)
    until(lambda: ("delayed", "store") in causes(service, sid))
    events = own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
    assert events[-1]["data"]["detail"] == "16112: s3://recordings denies access"
    assert (s3.names(), len(local(service, sid))) == ([], 4)
    service.end(signal.SIGTERM)
    service.settings |= KEY
    service.start()
    wait_for(service, sid)
    assert s3.names() == names(service, sid)


FALLBACK = {
    "RECORDKEEPER_STORE_FALLBACK_URL": "s3://archive/?endpoint={s3}&credentials=ARCHIVE",
    "RECORDKEEPER_STORE_FALLBACK_AFTER_SECONDS": "2",
    "AWS_SECRET_ACCESS_KEY": "tampered with",
} | {f"ARCHIVE_{name}": value for name, value in KEY.items()}


@pytest.mark.parametrize("service", [FALLBACK], indirect=True)
def test_a_store_that_fails_for_long_is_replaced(s3, service):
    sid = record(service)
    account = service.credentials[0]
    assert wait_for(service, sid).media_url == f"{s3.endpoint}/archive/{account}/{sid}"
    assert f"{account}/{sid}.wav" in s3.names("archive")
    later = record(service)
    wait_for(service, later)
    assert [kind for kind, _ in causes(service, later)] == ["started", "stopped", "delayed", "completed"]
    service.client().recordings(sid).delete()
    until(lambda: all(sid not in name for name in s3.names("archive")))


HERE = {
    "RECORDKEEPER_STORE_URL": "s3://nowhere/at-all?endpoint={s3}",
    "RECORDKEEPER_STORE_FALLBACK_URL": "local",
    "RECORDKEEPER_STORE_FALLBACK_AFTER_SECONDS": "0",
}


@pytest.mark.parametrize("service", [HERE], indirect=True)
def test_the_data_folder_may_stand_in(service):
    sid = record(service)
    assert f"/Recordings/{sid}" in wait_for(service, sid).media_url
    assert ask(service, sid, ".wav").status_code == 200
    events = own_api(service, "GET", f"/Recordings/{sid}/Events").json()["events"]
    assert [event["data"] for event in events if event["type"] == "delayed"] == [
        {"cause": "store", "detail": "16111: s3://nowhere is not there; the fallback store is used"}
    ]


def test_a_deletion_waits_for_a_store_that_is_out(s3, service):
    sid = record(service)
    wait_for(service, sid)
    s3.end()
    assert service.client().recordings(sid).delete()
    # Killed in the middle of an attempt it would leave a lease of five minutes behind.
    until(lambda: any(line["event"] == "erase.failed" for line in service.log_events()), 60)
    service.end(signal.SIGKILL)
    s3.start()
    assert s3.names() == names(service, sid)
    service.start()
    until(lambda: not s3.names(), 400)


def test_a_kill_after_the_upload_has_it_completed_once(s3, service):
    first, second = record(service), record(service, seconds=60)
    until(lambda: any(second in name for name in s3.names()))
    service.end(signal.SIGKILL)
    service.start()
    for sid in (first, second):
        wait_for(service, sid)
        assert [kind for kind, _ in causes(service, sid)].count("completed") == 1
        until(lambda sid=sid: not local(service, sid))
    assert s3.names() == sorted(names(service, first) + names(service, second))


@pytest.mark.parametrize("service", [{"RECORDKEEPER_STORE_URL": ""}], indirect=True)
def test_an_account_has_a_store_of_its_own(s3: Objects, service, monkeypatch):
    account = service.credentials[0]

    def set_store(*words: str):
        return service.command("accounts", "set-store", account, *words)

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY["AWS_ACCESS_KEY_ID"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert set_store("ftp://host").stderr == (
        "Error: that is no store: a store begins with s3://, gs://, az://; or it is `local`, the data folder,"
        " or `none`: the service's own setting\n"
    )
    refused = set_store(s3.url())
    said = "Error: 16112: s3://recordings denies access; nothing was changed, --force sets it all the same\n"
    assert (refused.returncode, refused.stderr) == (1, said)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", KEY["AWS_SECRET_ACCESS_KEY"])
    made = set_store(s3.url(), "--json")
    assert json.loads(made.stdout) == {"sid": account, "store": s3.url(), "answers": True}, made.stderr
    sid = record(service)
    wait_for(service, sid)
    assert s3.names() == names(service, sid)
    assert set_store("none").returncode == 0
    here = record(service)
    assert wait_for(service, here).media_url.startswith(service.url)
    assert ask(service, here, ".mp3").status_code == 200


def test_a_store_that_hangs_holds_up_no_other_and_no_end(s3: Objects, service):
    s3.process.send_signal(signal.SIGSTOP)
    waiting = [record(service, seconds=1) for _ in range(3)]
    until(lambda: all(len(local(service, sid)) == 4 for sid in waiting))
    assert service.verb("accounts", "set-store", service.credentials[0], "local").returncode == 0
    assert ask(service, wait_for(service, record(service, seconds=1)).sid, ".wav").status_code == 200
    assert service.verb("accounts", "set-store", service.credentials[0], "none").returncode == 0
    assert service.end(signal.SIGTERM) == 0
    s3.process.send_signal(signal.SIGCONT)
    service.start()
    for sid in waiting:
        assert wait_for(service, sid).media_url.startswith(s3.endpoint)
        assert [kind for kind, _ in causes(service, sid)] == ["started", "stopped", "completed"]
