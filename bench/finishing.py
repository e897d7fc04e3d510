"""From spool to files, and from files to whoever downloads them: ours beside the encoder, and beside a plain file."""

import http.client
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch
from urllib.parse import urlsplit

import lameenc
import numpy as np

from bench.line import TRACKS, spoken
from bench.running import free_port, process
from service.domain.events import RecordingStarted, RecordingStopped
from service.domain.recording import Recording, fold
from service.domain.values import Source, StopCause, Track, Trim
from service.media.finishing.finish import Job, Rate, Rules, finish
from service.media.sound import mp3
from service.media.sound.mixer import Samples
from service.media.spool import Piece, Spool

ACCOUNT, SID = "AC" + "0" * 32, "RE" + "0" * 32
SECOND = 8000


class NoMp3(mp3.Mp3):
    """Stands in for the encoder when WAV alone is measured."""

    def write(self, block: Samples) -> None:
        del block


class Hour:
    """A stopped recording of two sides that speak, in the spool of `folder`."""

    def __init__(self, folder: Path, seconds: int) -> None:
        self.seconds = seconds
        self._folder = folder
        self._sides = [(spoken(track) * (seconds // 40 + 1))[: seconds * SECOND] for track in TRACKS]
        spool = Spool(folder, ACCOUNT, SID)
        spool.begin(0)
        for track, side in zip(TRACKS, self._sides, strict=True):
            spool.write([Piece(source=track, offset=0, sound=side)])

    def to_wav(self) -> float:
        """Return the seconds it took to finish it without MP3."""
        with patch("service.media.sound.encode.Mp3", NoMp3):
            return self.to_all()

    def to_all(self) -> float:
        """Return the seconds it took to finish it: WAV and MP3, in one channel and in two."""
        rules = Rules(shortest=0.1, silent_below=-60.0, keep_silent=True)
        rate = Rate(per_minute=Decimal(0), unit="USD")
        job = Job(account_sid=ACCOUNT, sid=SID, state=self._state(), data_dir=self._folder, rate=rate, rules=rules)
        return timed(lambda: finish(job))

    def raw(self) -> float:
        """Return the seconds the encoder alone takes for the same two channels, handed to it in one piece."""
        encoder = lameenc.Encoder()
        encoder.silence()
        encoder.set_in_sample_rate(SECOND)
        encoder.set_channels(2)
        encoder.set_bit_rate(mp3.KBPS)
        encoder.set_quality(mp3.QUALITY)
        samples = Spool(self._folder, ACCOUNT, SID)
        both = np.stack([samples.read(track, 0, self.seconds * SECOND) for track in TRACKS], axis=1).tobytes()
        return timed(lambda: (encoder.encode(both), encoder.flush()))

    def _state(self) -> Recording:
        started = RecordingStarted(
            call_sid="CA" + "0" * 32,
            conference_sid=None,
            source=Source.OUTBOUND_API,
            channels=2,
            track=Track.BOTH,
            trim=Trim.DO_NOT_TRIM,
            callback=None,
            position=0,
            public_url="",
        )
        return fold([started, RecordingStopped(cause=StopCause.API, position=self.seconds * 1000)])


def hour(seconds: int) -> AbstractContextManager[str]:
    return TemporaryDirectory(prefix=f"recordkeeper-bench-{seconds}-")


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def plain(folder: Path) -> tuple[AbstractContextManager[object], int]:
    """Return what serves the files of a folder and nothing else, with the same framework and loop, and its port."""
    port = free_port()
    return process("bench.plain", str(folder), str(port)), port


def downloads(url: str, authorization: str, seconds: float) -> float:
    """Return MB a second of one client who downloads over and over."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(str(at.hostname), at.port)
    buffer, read, began = bytearray(1 << 20), 0, time.perf_counter()
    while time.perf_counter() - began < seconds:
        connection.request("GET", at.path, headers={"Authorization": authorization})
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            sys.exit(f"{url} answered {answer.status}")
        while got := answer.readinto(buffer):
            read += got
    return read / (time.perf_counter() - began) / 1e6
