"""An independent client of Media Streams, `streamdouble`, over a bad network: what arrives is where it belongs.

It stands in for Twilio as it is: a fork (`<Start><Stream>`) of both tracks in real time, `Basic` in the URL, which its
WebSocket library sends at the handshake. It models loss and jitter on the caller's leg alone, as it says: the outbound
track comes whole, and the inbound one with gaps, late and unevenly. It waits out each delay before it goes on, so its
frames never overtake one another (tests/unit/test_live.py has those that do), and more than 20 ms of delay on average
would make the call longer than its sound. What it lost is read from its own trace.
"""

import asyncio
from pathlib import Path

import numpy as np
from streamdouble.audio import frame_ulaw
from streamdouble.chaos import Impairments
from streamdouble.protocol import StreamIdentity
from streamdouble.session import SessionConfig, SessionResult, run_call
from streamdouble.trace import Trace, TraceConfig

from listener import causes, download, wait_for
from speaker import FRAME, heard, speech, ulaw

CALL = "CA" + "1" * 32
SECONDS = 20
RATE = 8000
BAD = Impairments(loss=0.05, jitter_ms=30)
FARTHEST = RATE // 5


def side(name: str, seed: int) -> np.ndarray:
    """Return speech over the noise of its own room: each second of it can be told from every other."""
    noise = np.random.default_rng(seed).normal(0, 300, SECONDS * RATE)
    return heard(ulaw(np.clip(speech(name, SECONDS) + noise, -32768, 32767).astype(np.int16)))


async def call(service, sides: dict[str, np.ndarray], trace: Trace) -> SessionResult:
    """Have streamdouble fork one call into the service, as Twilio would."""
    inbound, outbound = (frame_ulaw(ulaw(samples)) for samples in sides.values())
    config = SessionConfig(
        fork=True,
        tracks=list(sides),
        agent_frames=outbound,
        impairments=BAD,
        chaos_seed=3,
        quiet_period_s=0,
        custom_parameters={"Record": "true", "RecordingChannels": "dual"},
        trace=trace,
    )
    identity = StreamIdentity(account_sid=service.credentials[0], call_sid=CALL)
    url = f"ws://{':'.join(service.credentials)}@127.0.0.1:{service.port}/v1/MediaStream"
    return await run_call(url, inbound, config=config, identity=identity)


def arrived(trace: Trace, track: str) -> set[int]:
    """Return where, in samples, the frames begin that were sent."""
    return {int(record["timestamp_ms"]) * 8 for record in trace.records if record.get("track") == track}


def lag(source: np.ndarray, recorded: np.ndarray) -> int:
    """Return by how many samples `recorded` is late, up to a fifth of a second, by cross-correlation."""
    padded = np.pad(recorded.astype(float), FARTHEST)
    return int(np.argmax(np.correlate(padded, source.astype(float), "valid"))) - FARTHEST


async def test_a_lossy_and_uneven_stream_is_one_file_with_silence_for_what_was_lost(service, tmp_path: Path):
    sides = {"inbound": side("caller", 1), "outbound": side("agent", 2)}
    trace = Trace(TraceConfig(tmp_path / "trace"))
    called = await call(service, sides, trace)
    assert (called.closed_by, called.violations, called.outbound_frames_sent) == (None, [], SECONDS * 50)
    assert called.frames_dropped > SECONDS
    (made,) = await asyncio.to_thread(service.client().recordings.list)
    found = await asyncio.to_thread(wait_for, service, made.sid)
    assert (found.channels, found.duration, found.call_sid) == (2, str(SECONDS), CALL)
    assert causes(service, made.sid) == [("started", None), ("stopped", "call-ended"), ("completed", None)]
    samples, rate = await asyncio.to_thread(download, service, made.sid)
    assert (rate, samples.shape) == (RATE, (SECONDS * RATE, 2))
    for channel, (track, said) in enumerate(sides.items()):
        for second in range(SECONDS):
            of_it = slice(second * RATE, (second + 1) * RATE)
            assert abs(lag(said[of_it], samples[of_it, channel])) <= FRAME
        sent = arrived(trace, track)
        whole = np.repeat([at in sent for at in range(0, len(said), FRAME)], FRAME)
        assert np.array_equal(samples[:, channel], np.where(whole, said, 0))
