"""From a stopped recording's spool to the files that are served, and the facts about them. It blocks meanwhile."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import numpy as np

from service.domain.events import Encryption, PauseHeard, RecordingCompleted
from service.domain.price import price
from service.domain.recording import Recording
from service.domain.values import SILENT, SINGLE_CHANNEL_SOURCES, TOO_SHORT, Trim
from service.media.ingest import upload
from service.media.salvage import Salvage, examine
from service.media.secrecy.encryption import CustomerKey, encrypt
from service.media.secrecy.sealed import seal_folder
from service.media.sound import trim
from service.media.sound.encode import Format, encode, file_name, formats
from service.media.sound.mixer import SIDES, Samples, mixed, side_by_side
from service.media.sound.peaks import Peaks
from service.media.spool import Spool
from service.media.storing.store import LocalStore
from service.media.timeline import RATE, Span, filed, overlap, paused, written

BLOCK = 10 * RATE
Blocks = Callable[[], Iterator[Samples]]


class NothingRecorded(Exception):  # noqa: N818 - an outcome, not an error
    """There is no sound to make a file of; `error_code` is Twilio's."""

    def __init__(self, error_code: int) -> None:
        super().__init__(error_code)
        self.error_code = error_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What an account pays."""

    per_minute: Decimal
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When a recording is none: shorter than `shortest` seconds, or nowhere louder than `silent_below` dBFS."""

    shortest: float
    silent_below: float
    keep_silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All there is to know about a recording to be finished.

    With a `customer_key` it is encrypted, with a `sealing_key` sealed; with neither its files are as they are heard.
    """

    account_sid: str
    sid: str
    state: Recording
    data_dir: Path
    rate: Rate
    rules: Rules
    customer_key: CustomerKey | None = None
    sealing_key: bytes | None = field(default=None, repr=False)


def finish(job: Job) -> RecordingCompleted:
    """Publish the recording's files. Can be repeated from the same spool. Raises NothingRecorded."""
    spool, store = Spool(job.data_dir, job.account_sid, job.sid), LocalStore(job.data_dir)
    blocks, channels = _sound(job.state, spool)
    blocks, span = _kept(blocks, job)
    with store.stage(job.account_sid) as staged:
        peaks = Peaks(channels)
        files = served(job, channels)
        samples = encode(blocks(), staged, files, peaks.take)
        if samples < max(1, job.rules.shortest * RATE):
            raise NothingRecorded(TOO_SHORT)
        kept = max(in_file for in_file, _ in files)
        wav = staged / file_name(kept, ".wav")
        encryption = encrypt(wav, job.customer_key) if job.customer_key else None
        facts = _facts(wav, samples, kept, job.rate, peaks, encryption)
        if job.sealing_key:
            seal_folder(staged, job.account_sid, job.sid, job.sealing_key)
        store.publish(staged, job.account_sid, job.sid)
    return replace(facts, pauses=_pauses(job.state, spool, span))


def served(job: Job, channels: int) -> list[Format]:
    """Return every format, or of a recording to be encrypted one: a key and IV may encrypt one file only."""
    if job.customer_key is None:
        return formats(channels)
    asked = job.state.started.channels if job.state.started else channels
    return [(min(asked, channels), ".wav")]


def _kept(blocks: Blocks, job: Job) -> tuple[Blocks, Span | None]:
    """Return the blocks, and what is left of them where silence is trimmed. Raises NothingRecorded when nothing is."""
    to_trim = job.state.started is not None and job.state.started.trim is Trim.TRIM_SILENCE
    if job.rules.keep_silent and not to_trim:
        return blocks, None
    span = trim.sounding(blocks(), job.rules.silent_below)
    if span is None:
        raise NothingRecorded(SILENT)
    return (lambda: trim.cut(blocks(), span), span) if to_trim else (blocks, None)


def _pauses(state: Recording, spool: Spool, span: Span | None) -> tuple[PauseHeard, ...]:
    """Return where in the file the pauses are; of an upload nobody knows."""
    origin = spool.origin
    if origin is None or spool.upload.exists():
        return ()
    pauses = paused(state, origin, origin + spool.samples())
    return tuple(trim.moved(pauses, span) if span else pauses)


def _facts(
    wav: Path, samples: int, channels: int, rate: Rate, peaks: Peaks, encryption: Encryption | None
) -> RecordingCompleted:
    """Return the facts; peaks of what is encrypted would tell what is in it, so that has none."""
    with wav.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    loudness, peak_samples = ((), 0) if encryption else peaks.facts()
    return RecordingCompleted(
        duration=(samples + RATE // 2) // RATE,
        samples=samples,
        sample_rate=RATE,
        channels=channels,
        size=wav.stat().st_size,
        sha256=digest,
        price=str(price(samples, RATE, rate.per_minute)),
        price_unit=rate.unit,
        peaks=loudness,
        peak_samples=peak_samples,
        media_url=None,
        encryption=encryption,
    )


def _sound(state: Recording, spool: Spool) -> tuple[Blocks, int]:
    """Return what yields the recording's blocks anew each time, and how many channels they have."""
    if spool.upload.exists():
        return lambda: upload.blocks(spool.upload), upload.check(spool.upload)
    channels = 1 if state.started and state.started.source in SINGLE_CHANNEL_SOURCES else len(SIDES)
    return lambda: _captured(state, spool, channels), channels


def _captured(state: Recording, spool: Spool, channels: int) -> Iterator[Samples]:
    left = examine(spool, state)
    origin = left.origin
    if origin is None:
        return
    sources = spool.sources()
    allowed = written(state, origin)
    for begin, end in filed(state, origin, origin + left.samples):
        for at in range(begin, end, BLOCK):
            block = (at, min(at + BLOCK, end))
            silence = np.zeros(block[1] - at, np.int16)
            tracks = {source: _heard(spool, source, block, left, allowed) for source in sources}
            if channels == len(SIDES):
                yield side_by_side([tracks.get(side, silence) for side in SIDES])
            else:
                yield mixed([silence, *tracks.values()])[:, None]


def _heard(spool: Spool, source: str, block: Span, left: Salvage, allowed: list[Span]) -> Samples:
    """Return a track's samples; what lies in a pause is silence here too, should it ever have reached the spool."""
    try:
        samples = spool.read(source, block[0] - (left.origin or 0), block[1] - block[0])
    except OSError:
        if left.is_readable:
            raise
        # It was tried for long enough, and it is on record that this is missing.
        return np.zeros(block[1] - block[0], np.int16)
    heard = np.zeros_like(samples)
    for begin, end in overlap(block, allowed):
        heard[begin - block[0] : end - block[0]] = samples[begin - block[0] : end - block[0]]
    return heard
