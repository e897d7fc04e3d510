"""Finishing with a customer's key or the service's, and the table that the keys of sealed recordings are in."""

from base64 import b64decode
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from customer import PUBLIC_PEM, cek_of
from facts import AC, RE, started
from service.application.accounts import Accounts
from service.application.public_keys import PublicKeys
from service.domain.events import RecordingStopped
from service.domain.recording import fold
from service.domain.values import Source, StopCause
from service.media.encryption import CustomerKey
from service.media.finish import Job, Rate, Rules, finish
from service.media.keyring import KeyMissing, Keyring
from service.media.sealed import Tampered
from service.media.sealing import Sealing, blocks
from service.media.spool import Piece, Spool
from service.media.store import LocalStore
from speaker import speech, ulaw

CUSTOMER = CustomerKey(sid="CR" + "1" * 32, pem=PUBLIC_PEM.decode())
NAMES = ["1.mp3", "1.wav", "2.mp3", "2.wav"]


def spoken(data_dir, *, channels: int = 2, source: Source = Source.START_CALL_RECORDING_API):
    """Return a job on two seconds of both sides."""
    spool = Spool(data_dir, AC, RE)
    spool.begin(0)
    sides = {"inbound": speech("agent", 2), "outbound": speech("caller", 2)}
    spool.write([Piece(source=side, offset=0, sound=ulaw(said)) for side, said in sides.items()])
    start = replace(started(), channels=channels, source=source)
    return Job(
        account_sid=AC,
        sid=RE,
        state=fold([start, RecordingStopped(cause=StopCause.API, position=2000)]),
        data_dir=data_dir,
        rate=Rate(per_minute=Decimal("0.0025"), unit="USD"),
        rules=Rules(shortest=0.1, silent_below=-60.0, keep_silent=True),
    )


def published(data_dir) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in LocalStore(data_dir).path(AC, RE, "").iterdir()}


@pytest.mark.parametrize(
    ("channels", "source", "name"),
    [
        (1, Source.START_CALL_RECORDING_API, "1.wav"),
        (2, Source.START_CALL_RECORDING_API, "2.wav"),
        (2, Source.CONFERENCE, "1.wav"),
    ],
)
def test_an_encrypted_recording_is_one_wav_in_the_channels_asked_for(tmp_path, channels, source, name):
    asked = spoken(tmp_path, channels=channels, source=source)
    plain_facts, plain = finish(asked), published(tmp_path)
    facts, kept = finish(replace(asked, customer_key=CUSTOMER)), published(tmp_path)
    assert list(kept) == [name]
    assert (facts.channels, facts.size) == (int(name[0]), len(plain[name]) + 16)
    assert (facts.peaks, facts.peak_samples) == ((), 0)
    assert (facts.samples, facts.duration, facts.price) == (16000, 2, plain_facts.price)
    iv, cek = b64decode(facts.encryption.iv), cek_of(facts.encryption.encrypted_cek)
    assert AESGCM(cek).decrypt(iv, kept[name], None) == plain[name]
    assert finish(replace(asked, customer_key=CUSTOMER)).encryption != facts.encryption


async def read(sealing: Sealing, name: str) -> bytes:
    with closing(await sealing.open(AC, RE, name)) as file:
        return b"".join([block async for block in blocks(file, 0, file.size)])


async def test_sealed_files_are_read_back_as_what_plain_ones_are(pool, tmp_path):
    asked, store = spoken(tmp_path), LocalStore(tmp_path)
    sealing = Sealing(pool, Keyring([b"k" * 32]), store)
    plain_facts, plain = finish(asked), published(tmp_path)
    assert await sealing.open(AC, RE, "1.wav") is None
    key = await sealing.key_for(AC, RE, wanted=True)
    assert key.hex() not in repr(replace(asked, sealing_key=key))
    assert finish(replace(asked, sealing_key=key)) == plain_facts
    assert sorted(published(tmp_path)) == [f"{name}.sealed" for name in NAMES]
    assert {name: await read(sealing, name) for name in NAMES} == plain
    await sealing.destroy(AC, RE)
    assert await sealing.open(AC, RE, "1.wav") is None


async def test_a_recordings_key_is_kept_until_it_is_destroyed_or_not_wanted(pool, tmp_path):
    store = LocalStore(tmp_path)
    sealing = Sealing(pool, Keyring([b"k" * 32]), store)
    first = await sealing.key_for(AC, RE, wanted=True)
    assert await sealing.key_for(AC, RE, wanted=True) == first
    rotated = Sealing(pool, Keyring([b"n" * 32, b"k" * 32]), store)
    assert await rotated.key_for(AC, RE, wanted=True) == first
    with pytest.raises(KeyMissing):
        await Sealing(pool, Keyring([b"n" * 32]), store).key_for(AC, RE, wanted=True)
    await sealing.destroy(AC, RE)
    assert await sealing.key_for(AC, RE, wanted=True) != first
    assert await sealing.key_for(AC, RE, wanted=False) is None
    await sealing.key_for(AC, RE, wanted=True)
    assert await Sealing(pool, Keyring([]), store).key_for(AC, RE, wanted=True) is None
    assert await pool.fetchval("SELECT count(*) FROM media_keys") == 0


async def test_a_file_under_another_name_or_changed_is_not_opened(pool, tmp_path):
    asked, store = spoken(tmp_path), LocalStore(tmp_path)
    sealing = Sealing(pool, Keyring([b"k" * 32]), store)
    finish(replace(asked, sealing_key=await sealing.key_for(AC, RE, wanted=True)))
    mono, stereo = (store.path(AC, RE, f"{channels}.wav.sealed") for channels in (1, 2))
    stereo.replace(mono)
    with pytest.raises(Tampered):
        await sealing.open(AC, RE, "1.wav")
    with pytest.raises(FileNotFoundError):
        await sealing.open(AC, RE, "2.wav")
    await pool.execute("UPDATE media_keys SET wrapped = set_byte(wrapped, 3, 255 - get_byte(wrapped, 3))")
    with pytest.raises(Tampered):
        await sealing.open(AC, RE, "1.mp3")


async def test_the_newest_key_that_is_not_retired_is_in_use(pool):
    account = await Accounts(pool, lambda: 0.0).create(sid=None, auth_token=None, friendly_name="")
    keys = PublicKeys(pool)
    assert await keys.in_use(account.sid) is None
    first, second = [await keys.create(account.sid, PUBLIC_PEM) for _ in range(2)]
    assert first.fingerprint == second.fingerprint
    assert (await keys.in_use(account.sid)).sid == second.sid
    assert await keys.retire(second.sid)
    assert (await keys.in_use(account.sid)).sid == first.sid
    assert await keys.retire(first.sid)
    assert not await keys.retire(first.sid)
    assert await keys.in_use(account.sid) is None
    assert [key.sid for key in await keys.all(account.sid)] == [first.sid, second.sid]
