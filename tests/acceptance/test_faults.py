"""Real faults below a running service: a disk that is full, files that hang or refuse, spools that a kill tore."""

import asyncio
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import requests

from listener import download, wait_for
from running import alone
from speaker import FRAME_MS, speech, stream

CALLS = ["CA" + "1" * 32, "CA" + "2" * 32]
STREAMS = ["MZ" + "1" * 32, "MZ" + "2" * 32]
SIDES = {"inbound": speech("agent", 20), "outbound": speech("caller", 20)}
WHOLE = np.stack([*SIDES.values()], axis=1)


def events(service, sid: str) -> list[dict]:
    url = f"{service.url}/v1/Accounts/{service.credentials[0]}/Recordings/{sid}/Events"
    return requests.get(url, auth=service.credentials, timeout=10).json()["events"]


def types(service, sid: str) -> list[str]:
    return [event["type"] for event in events(service, sid)]


def spool(service, sid: str):
    return service.folder / "spool" / service.credentials[0] / sid


async def told(service, sid: str, event: str) -> dict:
    async with asyncio.timeout(40):
        while True:
            for found in await asyncio.to_thread(events, service, sid):
                if found["type"] == event:
                    return found["data"]
            await asyncio.sleep(0.2)


def worker_beside(service) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "service", "worker", "--data-dir", service.folder]
    hasty = os.environ | {"RECORDKEEPER_UPLOAD_WAIT_SECONDS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=hasty)


async def started(service, live, call: str) -> str:
    await live.start(service.credentials[0], call)
    await live.heard_by_all()
    made = await asyncio.to_thread(service.client().calls(call).recordings.create, recording_channels="dual")
    return made.sid


async def spoken(lives, begin: float, end: float) -> None:
    """Speak at the pace of speech."""
    for at in range(round(begin * 1000), round(end * 1000), 10 * FRAME_MS):
        for live in lives:
            await live.play(at / 1000 + 0.2)
        await asyncio.sleep(0.1)


def limit_files(pids: list[int], size: int) -> None:
    """Let processes, and those they start from now on, write no file beyond `size`, as a full disk would."""
    for pid in pids:
        with suppress(PermissionError):  # the database's, which was never limited, belongs to another user
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def family(pid: int) -> list[int]:
    """Return a process and those that descend from it."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [int(child) for task in tasks for child in (task / "children").read_text().split()]
    return [pid, *(one for child in children for one in family(child))]


@pytest.mark.parametrize("service", [{"RECORDKEEPER_DISK_RETRY_SECONDS": "1"}], indirect=True)
async def test_a_disk_that_takes_no_more_ends_recordings_with_what_they_have(service):
    async with stream(service, SIDES, STREAMS[0]) as live:
        sid = await started(service, live, CALLS[0])
        await spoken([live], 0, 4)
        await asyncio.sleep(0.6)
        limit_files([service.process.pid], 4 * 8000)
        await spoken([live], 4, 10)
        damaged, stopped = await told(service, sid, "damaged"), await told(service, sid, "stopped")
        await told(service, sid, "delayed")
        limit_files(family(service.process.pid), resource.RLIM_INFINITY)
        await told(service, sid, "completed")
        await live.stop()
    assert (damaged["cause"], damaged["detail"]) == ("disk", os.strerror(27))
    assert damaged["lost"] > 0
    assert stopped["cause"] == "media-lost"
    assert types(service, sid) == ["started", "damaged", "stopped", "delayed", "completed"]
    samples, _ = download(service, sid, RequestedChannels="2")
    assert 3.5 * 8000 <= len(samples) <= 4 * 8000
    assert np.array_equal(samples, WHOLE[: len(samples)])


@pytest.mark.parametrize("service", [{"RECORDKEEPER_DISK_RETRY_SECONDS": "1"}], indirect=True)
async def test_one_call_whose_folder_cannot_be_made_leaves_the_other_whole(service):
    async with stream(service, SIDES, STREAMS[0]) as one, stream(service, SIDES, STREAMS[1]) as other:
        broken, sound = [await started(service, live, call) for live, call in zip((one, other), CALLS, strict=True)]
        spool(service, broken).parent.mkdir(parents=True, exist_ok=True)
        spool(service, broken).write_text("in the way")
        await spoken([one, other], 0, 6)
        await told(service, broken, "absent")
        await spoken([one, other], 6, 8)
        for live in (one, other):
            await live.stop()
    assert types(service, broken) == ["started", "damaged", "stopped", "absent"]
    await asyncio.to_thread(wait_for, service, sound)
    samples, _ = download(service, sound, RequestedChannels="2")
    assert (types(service, sound), np.array_equal(samples, WHOLE[: 8 * 8000])) == (
        ["started", "stopped", "completed"],
        True,
    )


@alone
async def test_a_file_that_refuses_for_a_while_and_one_that_hangs_lose_nothing(service):
    async with stream(service, SIDES, STREAMS[0]) as one, stream(service, SIDES, STREAMS[1]) as other:
        refusing, hanging = [await started(service, live, call) for live, call in zip((one, other), CALLS, strict=True)]
        await spoken([one, other], 0, 2)
        await asyncio.sleep(0.5)
        tracks = [spool(service, sid) / "inbound.ulaw" for sid in (refusing, hanging)]
        for track, instead in zip(tracks, (os.mkdir, os.mkfifo), strict=True):
            track.rename(track.with_suffix(".aside"))
            instead(track)
        await spoken([one, other], 2, 8)
        aside = os.open(tracks[1], os.O_RDONLY | os.O_NONBLOCK)  # who waits to write goes on, and finds no file
        for track, remove in zip(tracks, (os.rmdir, os.unlink), strict=True):
            remove(track)
            track.with_suffix(".aside").rename(track)
        os.close(aside)
        await spoken([one, other], 8, 10)
        for live in (one, other):
            await live.stop()
    for sid in (refusing, hanging):
        await asyncio.to_thread(wait_for, service, sid)
        samples, _ = download(service, sid, RequestedChannels="2")
        assert types(service, sid) == ["started", "stopped", "completed"]
        assert np.array_equal(samples, WHOLE[: 10 * 8000])


@pytest.mark.parametrize("service", [{"RECORDKEEPER_REATTACH_SECONDS": "1"}], indirect=True)
@pytest.mark.parametrize("origin", [None, "", "torn"])
async def test_a_spool_that_a_kill_left_torn_is_finished_and_said_to_be_damaged(service, origin):
    async with stream(service, SIDES, STREAMS[0]) as live:
        sid = await started(service, live, CALLS[0])
        await spoken([live], 0, 3)
        await asyncio.sleep(0.6)
        await asyncio.to_thread(service.end, signal.SIGKILL)
    (spool(service, sid) / "origin").unlink()
    if origin is not None:
        (spool(service, sid) / "origin").write_text(origin)
    await asyncio.to_thread(service.start)
    await told(service, sid, "completed")
    first, *between, last = types(service, sid)
    assert (first, sorted(between), last) == ("started", ["damaged", "stopped"], "completed")
    assert (await told(service, sid, "damaged"))["cause"] == "spool"
    samples, _ = download(service, sid, RequestedChannels="2")
    assert len(samples) >= 2.5 * 8000
    expected = WHOLE[: len(samples)]
    assert all((samples[:, side] == expected[:, side]).mean() > 0.85 for side in (0, 1))


@pytest.mark.parametrize("service", [{"RECORDKEEPER_UPLOAD_WAIT_SECONDS": "1"}], indirect=True)
async def test_no_worker_finishes_what_another_process_has_not_written_yet(service):
    with worker_beside(service) as worker:
        worker.stdout.readline()
        async with stream(service, SIDES) as live:
            sid = await started(service, live, CALLS[0])
            await live.play(2)
            await asyncio.sleep(1)
            full, free = (2 * 8000, resource.RLIM_INFINITY), (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, full)
            await live.play(6)
            await live.stop()
        await asyncio.sleep(4)
        resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, free)
        await asyncio.to_thread(wait_for, service, sid)
        worker.terminate()
    samples, _ = await asyncio.to_thread(download, service, sid, RequestedChannels="2")
    assert np.array_equal(samples, WHOLE[: 6 * 8000])
