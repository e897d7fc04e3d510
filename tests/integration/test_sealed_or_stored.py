"""Sealing and stores together: what a store takes is not sealed, and what stays in the data folder is."""

import io
import time
from contextlib import closing
from datetime import UTC, datetime
from uuid import uuid4

import obstore
import pytest
import soundfile

from customer import PUBLIC_PEM
from facts import AC, DELETE, RE, START, STOP
from service.application.accounts import Accounts
from service.application.handler import CommandHandler
from service.application.metadata import SYSTEM, Metadata
from service.application.public_keys import PublicKeys
from service.domain.values import Status
from service.eventstore.store import PostgresEventStore
from service.media.capturing.live import LiveAudio
from service.media.capturing.memory import Memory
from service.media.finishing.attempt import Attempts, Keeping
from service.media.finishing.finish import Rules
from service.media.finishing.finishings import Claim
from service.media.secrecy.keyring import Keyring
from service.media.secrecy.sealing import DESTROYED, Sealing, destroyed_keys
from service.media.secrecy.sealing import EFFECT as DESTROY_KEYS
from service.media.spool import Piece, Spool
from service.media.storing.address import parse_store
from service.media.storing.bucket import Bucket, StoreFailed
from service.media.storing.copies import EFFECT, ERASURES, Copies
from service.media.storing.outages import Outages
from service.media.storing.store import LocalStore
from service.media.storing.stores import Policy, Stores
from service.media.verify import MediaVerifier
from service.projections.recordings import PROJECTION
from speaker import speech, ulaw

STORE, KEY = "s3://bucket?endpoint=http://store.example", (AC, RE)
METADATA = Metadata(actor=SYSTEM, request_id="RQ" + "1" * 32)
SEALED = ["1.mp3.sealed", "1.wav.sealed", "2.mp3.sealed", "2.wav.sealed"]
MONO, STEREO = 44 + 20 * 8000 * 2, 44 + 20 * 8000 * 4
"""The sizes of twenty seconds' WAV files."""
STORED = sorted(f"{AC}/{RE}{end}" for end in ("", ".wav", ".mp3", ".1.wav", ".1.mp3"))


class Here:
    """Works where it is asked to, after what is to happen `before`."""

    number = 1

    def __init__(self) -> None:
        self.before = None

    async def run(self, work, *args):
        if self.before:
            await self.before()
        return work(*args)


class Out:
    address = parse_store(STORE)

    async def put(self, *_args, **_options):
        raise StoreFailed("it does not answer")


class Desk:
    """Finishing with a sealing key on a store in memory, and with the data folder as its fallback."""

    def __init__(self, pool, folder) -> None:
        self.pool, self.local, self.workers, self.clock = pool, LocalStore(folder), Here(), 0.0
        self.accounts, self.copies = Accounts(pool, time.monotonic), Copies(pool, "here")
        events = PostgresEventStore(pool, projection=PROJECTION, effects={ERASURES: EFFECT, DESTROYED: DESTROY_KEYS})
        self.handler = CommandHandler(events, lambda *_: [])
        self.handler.plans = {ERASURES: self.copies.plan_erasures, DESTROYED: destroyed_keys}
        policy = Policy(url="", fallback="local", fallback_after=10)
        self.stores = Stores(self.accounts, self.copies, Outages(lambda: self.clock), policy)
        self.bucket = Bucket(parse_store(STORE))
        self.bucket._store = obstore.store.MemoryStore()
        self.stores._buckets[STORE] = self.bucket
        self.sealing = Sealing(pool, Keyring([b"k" * 32]), self.local)
        keeping = Keeping(
            local=self.local,
            stores=self.stores,
            copies=self.copies,
            public_keys=PublicKeys(pool),
            sealing=self.sealing,
        )
        live = LiveAudio(lambda *sids: Spool(folder, *sids), Memory(1 << 20))
        rules = Rules(shortest=0.1, silent_below=-60.0, keep_silent=True)
        self.attempts = Attempts(
            self.handler, self.accounts, live, keeping, folder, self.workers, rules, lambda: datetime.now(UTC)
        )
        self.spool = Spool(folder, *KEY)

    async def record(self) -> None:
        await self.accounts.create(sid=AC, auth_token=None, friendly_name="")
        for command in (START, STOP):
            await self.handler.handle(AC, command, METADATA)
        self.spool.begin(0)
        self.spool.write([Piece(source="inbound", offset=0, sound=ulaw(speech("agent", 2)))])

    async def attempt(self, number: int = 1):
        claim = Claim(account_sid=AC, recording_sid=RE, claim_id=uuid4(), attempts=number, was_lost=False, is_all=True)
        await self.attempts.make(claim)
        return await self.handler.load(*KEY)

    def published(self) -> list[str]:
        folder = self.local.path(*KEY, "")
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def stored(self) -> list[str]:
        return sorted(found["path"] for batch in obstore.list(self.bucket._store) for found in batch)


@pytest.fixture
async def desk(pool, tmp_path):
    made = Desk(pool, tmp_path)
    await made.record()
    return made


async def test_a_store_set_while_files_are_made_takes_the_next_recording_not_sealed_files(desk):
    async def set_store():
        await desk.accounts.set_store(AC, STORE)

    desk.workers.before = set_store
    state = await desk.attempt()
    assert (state.status, state.media_url, desk.stored(), desk.published()) == (Status.COMPLETED, None, [], SEALED)
    assert await size(desk, "2.wav") == STEREO


async def test_what_was_sealed_is_made_anew_for_a_store_and_what_was_not_is_sealed(desk, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(desk.attempts, "_conclude", killed)
        with pytest.raises(KeyboardInterrupt):
            await desk.attempt()
        assert desk.published() == SEALED
        await desk.accounts.set_store(AC, STORE)
        with pytest.raises(KeyboardInterrupt):
            await desk.attempt(2)
        assert desk.stored() == STORED
        wav = bytes(obstore.get(desk.bucket._store, f"{AC}/{RE}.wav").bytes())
        assert soundfile.info(io.BytesIO(wav)).channels == 2
    await desk.accounts.set_store(AC, None)
    state = await desk.attempt(3)
    assert (state.media_url, desk.published()) == (None, SEALED)


async def size(desk, name: str) -> int:
    with closing(await desk.sealing.open(*KEY, name)) as opened:
        return opened.size


async def killed(*_):
    raise KeyboardInterrupt


async def test_files_are_verified_in_a_folder_that_was_restored_under_another_name(desk, tmp_path):
    await desk.attempt()

    async def looked() -> tuple[list[str], int, int, int]:
        verifier = MediaVerifier(desk.pool, Keyring([b"k" * 32]), tmp_path)
        faults = [what async for _, what in verifier.faults(lambda _: None)]
        return faults, verifier.counts["checked"], verifier.counts["elsewhere"], verifier.in_other_folders

    assert (tmp_path / "folder-id").exists() is False
    assert await looked() == ([], 1, 0, 0)
    wav = desk.local.path(*KEY, "2.wav.sealed")
    wav.write_bytes(wav.read_bytes()[::-1])
    assert await looked() == (["its file 2.wav is not what was sealed under its name"], 0, 0, 0)
    wav.unlink()
    assert await looked() == ([], 0, 1, 1)


async def test_what_the_data_folder_takes_for_a_store_is_sealed(desk):
    await desk.accounts.set_store(AC, STORE)
    desk.stores._buckets[STORE] = Out()
    with pytest.raises(StoreFailed):
        await desk.attempt()
    assert desk.published() == [name.removesuffix(".sealed") for name in SEALED]
    desk.clock = 11.0
    state = await desk.attempt(2)
    assert (state.status, state.media_url, desk.published()) == (Status.COMPLETED, None, SEALED)
    assert await size(desk, "1.wav") == MONO


async def test_a_folder_without_files_to_store_is_not_kept(desk, tmp_path):
    for name in SEALED:
        (tmp_path / name).write_bytes(b"noise")
    with pytest.raises(StoreFailed, match="no files that a store could take"):
        await desk.stores.keep(KEY, STORE, tmp_path, 2, again=False, delayed=killed)


async def test_a_sealing_key_goes_in_the_transaction_that_deletes_its_recording(desk):
    await desk.attempt()
    assert await desk.pool.fetchval("SELECT count(*) FROM media_keys") == 1
    await desk.handler.handle(AC, DELETE, METADATA)
    assert await desk.pool.fetchval("SELECT count(*) FROM media_keys") == 0


async def test_what_an_earlier_attempt_left_plain_goes_when_a_key_is_registered(desk):
    await desk.accounts.set_store(AC, STORE)
    put, names = desk.bucket.put, []

    async def broken_off(_file, name, *_args, **_options):
        if len(names) == 3:
            raise StoreFailed("it does not answer")
        names.append(name)
        await put(_file, name, *_args, **_options)

    desk.bucket.put = broken_off
    with pytest.raises(StoreFailed):
        await desk.attempt()
    assert desk.stored() == sorted(names)
    await PublicKeys(desk.pool).create(AC, PUBLIC_PEM)
    desk.bucket.put, desk.clock = put, 6.0
    state = await desk.attempt(2)
    assert (state.status, desk.stored()) == (Status.COMPLETED, [f"{AC}/{RE}", f"{AC}/{RE}.wav"])
