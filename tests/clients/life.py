"""Plays a call's live audio while a client leads its recording through its life, and checks what each step found."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import soundfile

from clients.environments import Client, ClientError
from receiver import Receiver, receiver
from speaker import speech, stream

STEPS = {
    "create": {"status": "in-progress", "channels": 2, "source": "StartCallRecordingAPI"},
    "pause": {"status": "paused", "same": True},
    "resume": {"status": "in-progress"},
    "second": {"status": "in-progress", "channels": 1},
    "stop": {"first": "stopped", "second": "stopped"},
    "fetch": {"duration": "5", "channels": 2, "price": "-0.00250", "dated": True},
    "callback": {"of": "completed", "valid": True, "forged": False},
    "list": {"newest_first": True},
    "download": {"wav": "audio/x-wav", "mp3": "audio/mpeg"},
    "delete": {"deleted": True},
    "gone": {"status": 404, "code": 20404},
}
PLAYED_UNTIL = {"client": 1, "create": 3, "pause": 5, "second": 8}
"""The second of the stream that is reached after each of these steps: 1 to 3 and 5 to 8 are recorded."""
PATIENCE = 60


async def live(client: Client, service, call: str, folder: Path) -> list[str]:
    """Return the names of the steps done; the first that went otherwise ends it."""
    sides = {"inbound": speech("agent", 8), "outbound": speech("caller", 8)}
    async with (
        receiver() as customer,
        _started(client, client.variables(service, call, folder, CALLBACK=f"{customer.url}/done?x=1")) as process,
        stream(service, sides, "MZ" + call[2:]) as line,
    ):
        await line.start(service.credentials[0], call)
        for step, expected in {"client": {"version": client.version}, **STEPS}.items():
            found = await _said(process, step)
            if found != {"step": step, **expected}:
                raise ClientError(f"at {step}: {found}, not {expected}")
            if step == "download":
                _hear(folder, np.stack(list(sides.values()), axis=1)[np.r_[8000:24000, 40000:64000]])
            await line.play(PLAYED_UNTIL.get(step, 0))
            answer = await _called(customer) if step == "fetch" else {}
            process.stdin.write(json.dumps(answer).encode() + b"\n")
        await line.stop()
        await asyncio.wait_for(process.wait(), PATIENCE)
    return list(STEPS)


@asynccontextmanager
async def _started(client: Client, variables: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.PIPE)
    process = await asyncio.create_subprocess_exec(*client.command, env=variables, **pipes)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _called(customer: Receiver) -> dict:
    """Return the one callback that the customer got, as the library's validator takes it."""
    try:
        await asyncio.wait_for(customer.arrived.wait(), PATIENCE)
    except TimeoutError:
        raise ClientError(f"at callback: nothing for {PATIENCE} seconds") from None
    (one,) = customer.received
    return {"url": one.url, "fields": one.fields, "signature": one.headers["X-Twilio-Signature"]}


async def _said(process: asyncio.subprocess.Process, step: str) -> dict:
    try:
        said = await asyncio.wait_for(process.stdout.readline(), PATIENCE)
    except TimeoutError:
        raise ClientError(f"at {step}: nothing for {PATIENCE} seconds") from None
    if not said:
        reason = (await process.stderr.read()).decode().strip()
        raise ClientError(f"at {step}: {reason[-1000:]}")
    return json.loads(said)


def _hear(folder: Path, expected: np.ndarray) -> None:
    wav, rate = soundfile.read(folder / "recording.wav", dtype="int16")
    if rate != 8000 or not np.array_equal(wav, expected):
        raise ClientError(f"at download: the WAV has {wav.shape} samples at {rate}, not those sent, {expected.shape}")
    mp3, rate = soundfile.read(folder / "recording.mp3", dtype="int16")
    if rate != 8000 or mp3.shape[1] != 2 or abs(len(mp3) - len(expected)) > 0.3 * rate:
        raise ClientError(f"at download: the MP3 has {mp3.shape} samples at {rate}, not about {expected.shape}")
