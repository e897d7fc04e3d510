"""What is said while a recording is paused is in no byte that was ever written for it; what is not paused has it.

A tone and a text are played during the pause alone. The service runs under `witness`, which keeps what is overwritten,
replaced or removed; every file is searched then: spool, media, temporary files, logs, the database's folder with its
write-ahead log, and what the witness kept. Only what native code wrote and itself removed would escape; nothing does.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from listener import download, wait_for
from running import Running
from searcher import places, tone, watched
from speaker import heard, speech, stream, ulaw

CALL = "CA" + "1" * 32
TEXT = b"What was said in the pause. "
BEGIN, END = 3, 6
MARGIN = 160
"""A pause cuts at its own time, within 20 ms."""


def sides() -> dict[str, np.ndarray]:
    """Return nine seconds: from the third to the sixth the caller is a tone, then the callee is a text."""
    inbound, outbound = speech("caller", 9), speech("agent", 9)
    pause = slice(BEGIN * 8000 + MARGIN, END * 8000 - MARGIN)
    inbound[pause], outbound[pause] = 0, 0
    text = heard((TEXT * 400)[:8000])
    inbound[pause.start : pause.start + 12000] = heard(ulaw(tone(1.5)))
    outbound[pause.stop - len(text) : pause.stop] = text
    return {"inbound": inbound, "outbound": outbound}


STRETCHES = [TEXT * 2, ulaw(tone(0.1))[37:90], ulaw(tone(1.4))[10001:10060]]


@pytest.fixture
def service(unused_tcp_port):
    with TemporaryDirectory(prefix="recordkeeper-witness-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        running = Running(folder / "var", unused_tcp_port, watched(folder))
        running.start()
        yield running
        if running.process.poll() is None:
            assert running.end(signal.SIGTERM) == 0


async def record(service, behaviors: dict[str, str | None]) -> dict[str, str]:
    """Play one call into recordings of both channels that are paused, or not, as said; return their SIDs."""
    recordings = service.client().calls(CALL).recordings
    async with stream(service, sides()) as live:
        await live.start(service.credentials[0], CALL)
        await live.heard_by_all()
        made = {name: await asyncio.to_thread(recordings.create, recording_channels="dual") for name in behaviors}
        paused = {made[name].sid: behavior for name, behavior in behaviors.items() if behavior}
        await live.play(BEGIN)
        for sid, behavior in paused.items():
            await asyncio.to_thread(recordings(sid).update, status="paused", pause_behavior=behavior)
        await live.play(END)
        for sid in paused:
            await asyncio.to_thread(recordings(sid).update, status="in-progress")
        await live.play(9)
        await live.stop()
    for recording in made.values():
        await asyncio.to_thread(wait_for, service, recording.sid)
    return {name: recording.sid for name, recording in made.items()}


async def test_only_the_recording_that_is_not_paused_has_what_was_said(service):
    sids = await record(service, {"skipped": "skip", "silent": "silence", "open": None})
    said = np.stack(list(sides().values()), axis=1)
    samples, _ = await asyncio.to_thread(download, service, sids["open"])
    assert np.array_equal(samples, said)
    for name, seconds in (("skipped", 6), ("silent", 9)):
        samples, _ = await asyncio.to_thread(download, service, sids[name])
        assert len(samples) == seconds * 8000
    assert await asyncio.to_thread(service.end, signal.SIGTERM) == 0
    found = places(service.folder.parent, STRETCHES)
    elsewhere = {path for path in found if sids["open"] not in path and "staged" not in path}
    assert elsewhere == set()
    kept = {path.split("%")[-1] for path in found if path.startswith("kept/") and "spool" in path}
    assert kept == {"inbound.ulaw", "outbound.ulaw"}
    media = {Path(path).name for path in found if path.startswith("var/media/")}
    assert media == {"1.wav", "2.wav", "1.mp3", "2.mp3"}


@pytest.mark.parametrize("behavior", ["skip", "silence"])
async def test_where_every_recording_is_paused_it_is_nowhere(service, behavior):
    await record(service, {"one": behavior, "two": behavior})
    assert await asyncio.to_thread(service.end, signal.SIGTERM) == 0
    assert places(service.folder.parent, STRETCHES) == set()


WRITERS = {
    "written": "os.pwrite(os.open(path, os.O_WRONLY | os.O_CREAT), said, 0)",
    "removed": "path.write_bytes(said); path.unlink()",
    "folder": "path.mkdir(); (path / 'in').write_bytes(said); shutil.rmtree(path)",
    "replaced": "path.write_bytes(said); Path(f'{path}2').write_bytes(b''); os.replace(f'{path}2', path)",
    "truncated": "path.write_bytes(said); path.write_bytes(b'')",
    "emptied": "path.write_bytes(said); os.truncate(path, 0)",
    "overwritten": "file = os.open(path, os.O_WRONLY | os.O_CREAT); os.write(file, said);"
    " os.pwrite(file, bytes(99), 0)",
    "nameless": "file = tempfile.TemporaryFile(); file.write(said); file.close()",
    "child": "subprocess.run([sys.executable, '-c', f'from pathlib import Path; p = Path({str(path)!r});"
    " p.write_bytes({said!r}); p.unlink()'], check=True)",
}


@pytest.mark.parametrize("writer", WRITERS)
def test_the_search_finds_what_was_there_for_a_moment(tmp_path, writer):
    code = (
        f"import os, shutil, subprocess, sys, tempfile\nfrom pathlib import Path\npath = Path({str(tmp_path / 'x')!r})"
    )
    program = f"{code}\nsaid = {TEXT * 2!r}\n{WRITERS[writer]}"
    environment = os.environ | watched(tmp_path)
    subprocess.run([sys.executable, "-c", program], env=environment, check=True)
    if writer != "written":
        assert not (tmp_path / "x").exists() or TEXT not in (tmp_path / "x").read_bytes()
    assert places(tmp_path, [TEXT * 2])
