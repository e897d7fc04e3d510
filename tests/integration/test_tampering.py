"""Whatever is changed in the database, verifying names it; and it never raises a false alarm."""

import asyncio
import random
import re

import pytest
from structlog.testing import capture_logs

from sealed import KEY, OTHER_KEY, account, record, sealer
from service.audit.hash_chain import first_breaks
from service.audit.last_seal import LastSeal, SealNoted
from service.audit.seal_chain import seal_faults
from service.audit.sealed import seal_hash
from service.projections.verify import differing_recordings
from service.settings import read_settings
from service.wiring.verifying import Asked, verify
from tampering import WAYS, Tamperer, flipped, tamperer

LOGS, TAMPERED, ROUNDS, LONG = 112, 100, 3, 8
"""Some of the logs are long enough to have stored nodes."""


async def fill(pool, logs: int, choose: random.Random, *, long: int = 0) -> list[int]:
    """Append random logs between seals, all of them under the last; return their lengths."""
    lengths = [0] * logs
    for number in range(ROUNDS):
        growing = []
        for index in range(logs):
            events = choose.randint(100, 200) if index < long else choose.choice((0, 1, 2, 5, 9))
            events += number == 0  # every log has an event
            growing += [record(pool, account(index), events, choose)]
            lengths[index] += events
        await asyncio.gather(*growing)
        await sealer(pool, KEY).tick()
    return lengths


async def found(pool, known=(KEY,)):
    async with pool.acquire() as connection:
        return await seal_faults(connection, [key.id for key in known]) + await first_breaks(pool)


async def test_a_hundred_random_tamperings_are_found_and_no_clean_log_is_blamed(pool, database):
    choose = random.Random(42)  # noqa: S311 - the same tamperings every time
    lengths = await fill(pool, LOGS, choose, long=LONG)
    assert await found(pool) == []
    assert await differing_recordings(database) == []
    owner, bad = await tamperer(database), {}
    for index in choose.sample(range(LOGS), TAMPERED):
        ways = [way for way in WAYS if lengths[index] > 1 or way != "swapped"]
        way = choose.choice(ways)
        bad[account(index)] = (way, await getattr(Tamperer(owner, account(index), lengths[index], choose), way)())
    await owner.close()
    faults = await found(pool)
    blamed = {fault.account_sid: fault for fault in faults if fault.account_sid}
    assert blamed.keys() == bad.keys(), sorted(bad[name] for name in bad.keys() - blamed.keys())
    for account_sid, (way, position) in bad.items():
        fault = blamed[account_sid]
        within = re.search("events from ([0-9]+) to ([0-9]+) are not", fault.what)
        first, last = map(int, within.groups()) if within else (fault.position, fault.position)
        assert first <= position <= last or way == "other_seal", (way, position, fault)


async def test_a_hundred_clean_logs_raise_no_alarm_while_they_grow(pool, database):
    choose = random.Random(43)  # noqa: S311 - the same logs every time
    growing = asyncio.create_task(fill(pool, 100, choose))
    while not growing.done():
        assert await found(pool) == []
    assert sum(await growing) > 0
    assert await found(pool) == []
    assert await first_breaks(pool, since_seal=2) == []
    assert await differing_recordings(database) == []


async def test_after_a_seal_that_is_taken_for_granted_what_follows_is_still_held(pool, database):
    choose = random.Random(44)  # noqa: S311 - the same logs every time
    lengths = await fill(pool, 2, choose, long=2)
    owner = await tamperer(database)
    (begin,) = [row["length"] for row in await owner.fetch(MARK, account(0))]
    await Tamperer(owner, account(0), begin, choose).removed_event()
    await Tamperer(owner, account(1), lengths[1], choose).added_event()
    await owner.close()
    blamed = {fault.account_sid: fault.position for fault in await first_breaks(pool, since_seal=2)}
    assert blamed.pop(account(1)) == lengths[1] + 1
    # Of what is older only the open block of 256 events is looked at.
    assert all(name == account(0) for name in blamed)


MARK = "SELECT length FROM seal_accounts WHERE account_sid = $1 AND n = 2"
MOVE = "UPDATE events SET account_sid = $2 WHERE account_sid = $1 AND position = 1"
NODE = "level = 8 AND number = 0 AND account_sid = (SELECT min(account_sid) FROM merkle_nodes)"
FIRST = "account_sid = (SELECT min(account_sid) FROM seal_accounts)"
SEALED = ("seals", "seal_accounts", "merkle_nodes", "seal_keys")
CHANGES = [
    ("UPDATE seals SET statement = replace(statement, ':3,', ':4,') WHERE n = 2", 2, "a column says something else"),
    ("UPDATE seals SET accounts = 4 WHERE n = 2", 2, "a column says something else"),
    ("UPDATE seals SET sealed_at = sealed_at + interval '1 microsecond' WHERE n = 2", 2, "a column says"),
    ("UPDATE seals SET key_id = 'x' WHERE n = 2", 2, "a column says something else"),
    ("UPDATE seals SET signature = set_bit(signature, 5, 1 - get_bit(signature, 5)) WHERE n = 2", 2, "signature"),
    ("UPDATE seals SET hash = set_bit(hash, 5, 1 - get_bit(hash, 5)) WHERE n = 3", 3, "its hash is not"),
    ("UPDATE seals SET root = set_bit(root, 5, 1 - get_bit(root, 5)) WHERE n = 3", 3, "a column says"),
    ("DELETE FROM seals WHERE n = 2", 2, "there is no such seal"),
    ("DELETE FROM seals WHERE n = 3", 3, "there is no such seal"),
    ("UPDATE seals SET n = 9 WHERE n = 3", 9, "seal 3 is missing before it"),
    ("DELETE FROM seal_accounts WHERE n = 2", 2, "not noted as it was made over them"),
    (f"DELETE FROM seal_accounts WHERE {FIRST}", 1, "not noted as it was made over them"),
    (f"UPDATE seal_accounts SET n = 4 WHERE {FIRST} AND n = 2", 2, "not noted as it was made over them"),
    (f"UPDATE seal_accounts SET length = length - 1 WHERE {FIRST} AND n = 2", 2, "not noted as"),
    (f"UPDATE seal_accounts SET length = 1 WHERE {FIRST} AND n = 3", 3, "the log is no longer than before"),
    ("INSERT INTO seal_accounts SELECT account_sid, 9, 999, root FROM seal_accounts WHERE n = 3", 9, "no such seal"),
    ("UPDATE seal_keys SET public_key = set_bit(public_key, 3, 1 - get_bit(public_key, 3))", 1, "public key"),
    ("UPDATE seal_keys SET first_n = 2", 1, "its key is noted to begin with a later seal"),
    ("DELETE FROM seal_keys", 1, "is missing or another"),
    ("INSERT INTO seal_keys SELECT 'x', public_key, 2 FROM seal_keys", None, "the key x did not sign"),
    (f"UPDATE merkle_nodes SET hash = set_bit(hash, 3, 1 - get_bit(hash, 3)) WHERE {NODE}", None, "node 8/0"),
    (f"DELETE FROM merkle_nodes WHERE {NODE}", None, "node 8/0"),
    (f"UPDATE merkle_nodes SET number = 77 WHERE {NODE}", None, "node 8/0"),
    (f"INSERT INTO merkle_nodes SELECT account_sid, 8, 78, hash FROM merkle_nodes WHERE {NODE}", None, "node 8/78"),
]


async def test_whatever_is_changed_of_seals_is_named(pool, database):
    await fill(pool, 3, random.Random(45), long=3)  # noqa: S311 - the same logs every time
    owner = await tamperer(database)
    for table in SEALED:
        await owner.execute(f"CREATE TABLE as_they_were_{table} AS TABLE {table}")
    for change, seal, says in CHANGES:
        await owner.execute(change)
        faults = await found(pool)
        assert any(fault.seal == seal and says in fault.what for fault in faults), (change, faults)
        for table in SEALED:
            await owner.execute(f"DELETE FROM {table}")
            await owner.execute(f"INSERT INTO {table} TABLE as_they_were_{table}")
    await owner.close()
    assert await found(pool) == []


async def test_an_event_moved_to_another_account_is_missed_here_and_found_there(pool, database):
    await fill(pool, 2, random.Random(48))  # noqa: S311 - the same logs every time
    owner = await tamperer(database)
    await owner.execute(MOVE, account(0), account(7))
    await owner.close()
    assert [(fault.account_sid, fault.position) for fault in await found(pool)] == [(account(0), 1), (account(7), 1)]


@pytest.mark.parametrize("known", [(KEY,), ()])
async def test_a_seal_forged_with_another_key_is_named_where_a_key_is_known(pool, database, known):
    """The forger has changed an event, mended its chain, and made every seal anew, with a key of his own."""
    choose = random.Random(46)  # noqa: S311 - the same logs every time
    (length, _) = await fill(pool, 2, choose)
    kept = [SealNoted(*row) for row in await pool.fetch("SELECT n, hash FROM seals")]
    owner = await tamperer(database)
    await Tamperer(owner, account(0), length, choose).rewritten()
    for table in SEALED:
        await owner.execute(f"DELETE FROM {table}")
    await owner.close()
    await sealer(pool, OTHER_KEY).tick()
    faults = await found(pool, known)
    assert [(fault.seal, "not the service's key" in fault.what) for fault in faults] == [(1, True)] * len(known)
    async with pool.acquire() as connection:
        told = [(fault.seal, fault.what) for fault in await seal_faults(connection, (), kept)]
    assert told == [
        (1, "it is not the seal that was kept elsewhere"),
        (2, "it was kept elsewhere and is gone"),
        (3, "it was kept elsewhere and is gone"),
    ]


async def test_a_seal_put_behind_the_last_without_the_key_is_named(pool, database):
    choose = random.Random(47)  # noqa: S311 - the same logs every time
    await fill(pool, 2, choose)
    owner = await tamperer(database)
    row = await owner.fetchrow("SELECT * FROM seals WHERE n = 3")
    text = row["statement"].replace('"n":3', '"n":4').replace(row["previous_hash"].hex(), row["hash"].hex())
    facts = (4, row["sealed_at"], row["hash"], row["accounts"], row["root"], row["key_id"], text)
    signature = flipped(row["signature"], choose)
    insert = "INSERT INTO seals VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    await owner.execute(insert, *facts, signature, seal_hash(text))
    await owner.close()
    assert [(fault.seal, fault.what) for fault in await found(pool)] == [(4, "its signature does not hold")]


@pytest.mark.parametrize("left", [0, 1])
@pytest.mark.parametrize("named", [(KEY,), ()])
async def test_nothing_is_sealed_over_a_log_that_was_forged_with_its_seals_removed(
    pool, database, tmp_path, left, named
):
    """The forger takes out all seals, or the last ones, and mends every chain: the service's key is not to help him."""
    choose, own = random.Random(49), sealer(pool, *named, folder=tmp_path)  # noqa: S311 - the same logs every time
    for _ in range(3):
        await record(pool, account(0), 300, choose)
        assert await own.tick() == 1
    owner = await tamperer(database)
    for table, number in (("seal_keys", "first_n"), ("seals", "n"), ("seal_accounts", "n")):
        await owner.execute(f"DELETE FROM {table} WHERE {number} > {left}")
    await owner.execute(f"DELETE FROM merkle_nodes WHERE (number + 1) << level > {300 * left}")
    await Tamperer(owner, account(0), 900, choose).rewritten(300 * left + 1)
    await owner.close()
    assert await found(pool, ()) == []
    with capture_logs() as logs:
        assert await own.tick() == 0
    assert [(line["event"], line["n"], line["newest"]) for line in logs] == [("seal.last_missing", 3, left)]
    assert await pool.fetchval("SELECT count(*) FROM seals") == left
    settings = read_settings({"database_url": database, "data_dir": str(tmp_path)})
    report = await verify(settings, Asked(media=False, keys=[key.public for key in named]), lambda *_: None)
    told = [(fault["seal"], fault["fault"]) for fault in report["faults"] if "is gone" in fault["fault"]]
    assert told == [(3, "it was kept elsewhere and is gone")]
    # An operator who restored a backup says so by taking the note away.
    (tmp_path / "seal.last").rename(tmp_path / "seal.last.set-aside")
    assert await own.tick() == 1
    assert LastSeal(tmp_path).read().n == left + 1


async def test_a_seal_that_another_host_made_is_noted_too(pool, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        await record(pool, account(0), 5, random.Random(50))  # noqa: S311 - the same logs every time
        assert await sealer(pool, KEY, folder=folder).tick() == 1
    assert await sealer(pool, KEY, folder=here).tick() == 0
    assert LastSeal(here).read() == LastSeal(there).read()
