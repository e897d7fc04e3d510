"""Several processes that serve as one: which of them a request or a stream lands on makes no difference."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import aiohttp
import numpy as np
import psutil
import pytest

from listener import download, wait_for
from running import Running
from speaker import Stream, speech, ulaw

SETTINGS = {"RECORDKEEPER_WORKERS": "3"}
three = pytest.mark.parametrize("service", [SETTINGS], indirect=True)
hasty = pytest.mark.parametrize("service", [SETTINGS | {"RECORDKEEPER_REATTACH_SECONDS": "1"}], indirect=True)
CALL, SECOND_CALL, CONFERENCE = "CA" + "1" * 32, "CA" + "2" * 32, "CF" + "1" * 32


def doors(service) -> Path:
    """Return the folder of the processes' own sockets: `0.streams` is the whole of the API, of the first alone."""
    name = (service.folder / "folder-id").read_text()
    return Path(tempfile.gettempdir()) / f"recordkeeper-{name[:16]}"


@asynccontextmanager
async def at_process(service, number: int):
    connector = aiohttp.UnixConnector(str(doors(service) / f"{number}.streams"))
    headers = {"Authorization": aiohttp.encode_basic_auth(*service.credentials)}
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{service.port}", connector=connector, headers=headers
    ) as session:
        yield session


@asynccontextmanager
async def stream_at(service, number: int, sides, sid: str = "MZ" + "1" * 32):
    async with at_process(service, number) as session, session.ws_connect("/v1/MediaStream", autoping=False) as socket:
        yield Stream(socket, {name: ulaw(samples) for name, samples in sides.items()}, sid)


async def post(service, number: int, path: str, **form: str) -> str:
    async with (
        at_process(service, number) as session,
        session.post(f"/2010-04-01/Accounts/{service.credentials[0]}{path}.json", data=form) as answer,
    ):
        document = await answer.json()
        assert answer.status < 300, document
        return document["sid"]


def kill_process(service, number: int) -> None:
    path = str(doors(service) / f"{number}.streams")
    (listening,) = [
        child
        for child in psutil.Process(service.process.pid).children()
        if any(one.laddr == path for one in child.net_connections("unix"))
    ]
    os.kill(listening.pid, signal.SIGKILL)


async def captured(service, sid: str, seconds: float) -> None:
    """Wait until the recording's spool reaches so far."""
    folder = service.folder / "spool" / service.credentials[0] / sid
    deadline = time.monotonic() + 20
    while max((path.stat().st_size for path in folder.glob("*.ulaw")), default=0) < seconds * 8000:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@three
async def test_a_pause_cuts_at_its_own_time_whichever_process_it_lands_on(service):
    sides = {"inbound": speech("agent", 12), "outbound": speech("caller", 12)}
    async with stream_at(service, 0, sides) as live:
        await live.start(service.credentials[0], CALL)
        await live.heard_by_all()
        made = {number: await post(service, number, f"/Calls/{CALL}/Recordings") for number in range(3)}
        await live.play(4)
        for number, sid in made.items():
            paused = {"Status": "paused", "PauseBehavior": "skip"}
            await post(service, (number + 1) % 3, f"/Calls/{CALL}/Recordings/{sid}", **paused)
        await live.play(7)
        for number, sid in made.items():
            await post(service, (number + 2) % 3, f"/Calls/{CALL}/Recordings/{sid}", Status="in-progress")
        await live.play(11)
        for number, sid in made.items():
            await post(service, number, f"/Calls/{CALL}/Recordings/{sid}", Status="stopped")
        await live.play(12)
        await live.stop()
    expected = np.delete(np.stack(list(sides.values()), axis=1)[: 11 * 8000], slice(4 * 8000, 7 * 8000), axis=0)
    for sid in made.values():
        await asyncio.to_thread(wait_for, service, sid)
        samples, _ = download(service, sid, RequestedChannels="2")
        assert np.array_equal(samples, expected)


@three
async def test_the_streams_of_a_conference_are_one_wherever_they_land(service):
    agent, caller = speech("agent", 6), speech("caller", 6)
    async with (
        stream_at(service, 1, {"inbound": agent}) as one,
        stream_at(service, 2, {"inbound": caller}, "MZ" + "2" * 32) as other,
    ):
        await one.start(service.credentials[0], CALL, ConferenceSid=CONFERENCE, Record="true")
        await one.heard_by_all()
        await one.play(2)
        await asyncio.sleep(0.1)
        await other.start(service.credentials[0], SECOND_CALL, ConferenceSid=CONFERENCE, Record="true")
        await asyncio.sleep(0.5)
        await other.play(3)
        await one.play(6)
        (row,) = await asyncio.to_thread(service.client().recordings.list, conference_sid=CONFERENCE)
        await captured(service, row.sid, 5.7)
        await one.stop()
        await other.stop()
    assert (await asyncio.to_thread(wait_for, service, row.sid)).source == "Conference"
    mixed, _ = download(service, row.sid)
    assert len(mixed) == 6 * 8000
    second = mixed.astype(int) - agent
    found = np.correlate(second[2 * 8000 : 6 * 8000].astype(float), caller[: 3 * 8000].astype(float), "valid").argmax()
    at = 2 * 8000 + found
    assert np.array_equal(
        second[at : at + 3 * 8000],
        np.clip(agent[at : at + 3 * 8000].astype(int) + caller[: 3 * 8000], -32768, 32767) - agent[at : at + 3 * 8000],
    )
    assert not second[: 2 * 8000].any()


@three
async def test_a_stream_comes_back_to_the_process_that_hears_its_call(service):
    sides = {"inbound": speech("agent", 6)}
    async with stream_at(service, 2, sides) as live:
        await live.start(service.credentials[0], CALL, Record="true")
        await live.play(3)
        # The connection breaks: no stop, no close.
        live.socket._response.connection.transport.abort()
    await asyncio.sleep(0.2)
    async with stream_at(service, 0, sides) as again:
        again.at = 4 * 8000
        await again.start(service.credentials[0], CALL, Record="true")
        await again.play(6)
        (row,) = await asyncio.to_thread(service.client().recordings.list, call_sid=CALL)
        await captured(service, row.sid, 5.7)
        await again.stop()
    await asyncio.to_thread(wait_for, service, row.sid)
    samples, _ = download(service, row.sid, RequestedChannels="1")
    expected = sides["inbound"].copy()
    expected[3 * 8000 : 4 * 8000] = 0
    assert np.array_equal(samples, expected)


@three
async def test_what_a_killed_process_heard_goes_on_at_another(service):
    sides = {"inbound": speech("agent", 6)}
    async with stream_at(service, 1, sides) as live:
        await live.start(service.credentials[0], CALL, Record="true")
        await live.play(3)
        (row,) = await asyncio.to_thread(service.client().recordings.list, call_sid=CALL)
        await captured(service, row.sid, 2.7)
        kill_process(service, 1)
    await asyncio.sleep(0.2)
    async with stream_at(service, 2, sides) as again:
        again.at = 4 * 8000
        await again.start(service.credentials[0], CALL, Record="true")
        await again.play(6)
        await post(service, 0, f"/Calls/{CALL}/Recordings/{row.sid}", Status="stopped")
        await again.stop()
    assert (await asyncio.to_thread(wait_for, service, row.sid)).duration == "6"
    samples, _ = download(service, row.sid, RequestedChannels="1")
    assert np.array_equal(samples[: int(2.7 * 8000)], sides["inbound"][: int(2.7 * 8000)])
    assert np.array_equal(samples[4 * 8000 :], sides["inbound"][4 * 8000 :])
    deadline = time.monotonic() + 20
    while len(psutil.Process(service.process.pid).children()) < 4:  # three, and the database
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert "process.died" in {line["event"] for line in service.log_events()}


@hasty
async def test_what_a_killed_process_heard_ends_where_its_sound_ends(service):
    async with stream_at(service, 1, {"inbound": speech("agent", 6)}) as live:
        await live.start(service.credentials[0], CALL, Record="true")
        await live.play(4)
        (row,) = await asyncio.to_thread(service.client().recordings.list, call_sid=CALL)
        await captured(service, row.sid, 3.7)
        folder = service.folder / "spool" / service.credentials[0] / row.sid
        kill_process(service, 1)
        written = (folder / "inbound.ulaw").stat().st_size
    await asyncio.to_thread(wait_for, service, row.sid)
    samples, _ = download(service, row.sid, RequestedChannels="1")
    assert len(samples) == written


def test_processes_that_cannot_serve_say_why():
    with tempfile.TemporaryDirectory(prefix="recordkeeper-acceptance-") as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "var"
        folder.mkdir()
        (folder / "folder-id").write_text(uuid4().hex)
        run = doors(Running(folder, 0))
        run.mkdir(mode=0o755)
        command = [sys.executable, "-m", "service", "serve", "--workers", "2", "--port", "0", "--data-dir", folder]
        try:
            refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        finally:
            run.rmdir()
    assert (refused.returncode, refused.stdout) == (1, "")
    assert f"Error: {run} is not a folder of this user alone" in refused.stderr
