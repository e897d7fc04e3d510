"""Seals: what they are made over, by whom, one at a time; and the proofs that are given under them."""

import asyncio
import random
import threading

import asyncpg
import pytest
from structlog.testing import capture_logs

from facts import AC
from sealed import KEY, OTHER_KEY, account, record, sealer
from service.audit import proofs, seal_chain, sealed, seals
from service.audit.hash_chain import first_breaks
from service.audit.merkle import is_consistent, is_included, leaf_hash
from service.audit.proofs import NotSealed, Proofs, SealUnknown
from service.audit.seal_chain import seal_faults
from service.audit.sealed import seal_hash
from service.audit.signing import is_signed
from service.audit.subtrees import LogBroken
from service.eventstore.event import canonical_json
from stores import append, postgres_store
from tampering import tamperer

SIGNED = ("n", "sealed_at", "previous_hash", "accounts", "root", "key_id")
CHOOSE = random.Random(5)  # noqa: S311 - the same logs every time


async def all_faults(pool, *known):
    async with pool.acquire() as connection:
        return await seal_faults(connection, [key.id for key in known]) + await first_breaks(pool)


def is_under(log: dict) -> bool:
    """Say whether an account's log is under its seal, and that is signed with KEY."""
    leaf = canonical_json({name: log[name] for name in ("account_sid", "length", "root")}).encode()
    seal, path = log["seal"], list(map(bytes.fromhex, log["path"]))
    return is_included(
        leaf_hash(leaf), log["index"], seal["accounts"], path, bytes.fromhex(seal["root"])
    ) and is_signed(seal["statement"], bytes.fromhex(seal["signature"]), KEY.public)


async def test_a_seal_is_made_when_something_was_appended_and_each_is_chained_to_the_last(pool):
    assert await sealer(pool, KEY).tick() == 0
    for grown in (3, 1, 2):
        for number in range(grown):
            await record(pool, account(number), 4, CHOOSE)
        assert await sealer(pool, KEY).tick() == grown
        assert await sealer(pool, KEY).tick() == 0
    newest, second, first = await Proofs(pool).seals(limit=9)
    assert [seal["n"] for seal in (first, second, newest)] == [1, 2, 3]
    assert [seal["accounts"] for seal in (first, second, newest)] == [3, 3, 3]
    assert (first["previous_hash"], second["previous_hash"]) == ("0" * 64, first["hash"])
    assert newest["previous_hash"] == second["hash"] == seal_hash(second["statement"]).hex()
    assert newest["statement"] == canonical_json({name: newest[name] for name in SIGNED})
    assert await pool.fetchval("SELECT count(*) FROM seal_accounts") == 6
    assert await all_faults(pool, KEY) == []


async def test_of_many_who_seal_at_once_one_does(pool):
    await record(pool, AC, 9, CHOOSE)
    assert sorted(await asyncio.gather(*(sealer(pool, KEY).tick() for _ in range(8)))) == [0] * 7 + [1]
    assert await all_faults(pool, KEY) == []


async def test_sealing_reads_new_events_and_no_more_than_a_block_of_old_ones(pool, database):
    await record(pool, AC, 1100, CHOOSE)
    assert await sealer(pool, KEY).tick() == 1
    await record(pool, AC, 3, CHOOSE)
    owner = await tamperer(database)
    # What is older than the block of 256 that is still open could be gone: nobody looks.
    await owner.execute("DELETE FROM events WHERE position <= 1024")
    await owner.close()
    assert await sealer(pool, KEY).tick() == 1
    assert await pool.fetchval("SELECT count(*) FROM merkle_nodes") == 4 + 2 + 1


async def test_every_event_is_proved_under_the_first_seal_that_covers_it_and_under_later_ones(pool):
    await record(pool, account(2), 5, CHOOSE)
    for _ in range(3):
        await record(pool, AC, 300, CHOOSE)
        await sealer(pool, KEY).tick()
    rows = await pool.fetch("SELECT * FROM events WHERE account_sid = $1 ORDER BY position", AC)
    proofs = Proofs(pool)
    for row in CHOOSE.sample(rows, 40):
        for n in (None, 3):
            proof = await proofs.inclusion(AC, row["recording_sid"], row["version"], n)
            log = proof["log"]
            assert log["seal"]["n"] == (n or (row["position"] - 1) // 300 + 1)
            assert (proof["position"], proof["hash"]) == (row["position"], row["hash"].hex())
            path, root = list(map(bytes.fromhex, proof["path"])), bytes.fromhex(log["root"])
            assert is_included(leaf_hash(row["hash"]), row["position"] - 1, log["length"], path, root)
            assert is_under(log)
    last = rows[-1]
    with pytest.raises(NotSealed, match="Seal 1 was made before the event; the first that covers it is 3"):
        await proofs.inclusion(AC, last["recording_sid"], last["version"], 1)
    with pytest.raises(SealUnknown, match="There is no seal 4"):
        await proofs.inclusion(AC, last["recording_sid"], last["version"], 4)
    assert await proofs.inclusion(AC, last["recording_sid"], 99, None) is None
    assert await proofs.inclusion(account(9), last["recording_sid"], 1, None) is None


async def test_one_log_goes_on_from_another_between_any_two_seals(pool):
    for events in (1, 255, 1, 300, 77):
        await record(pool, AC, events, CHOOSE)
        await sealer(pool, KEY).tick()
    for first in range(1, 6):
        for second in range(first, 6):
            proof = await Proofs(pool).consistency(AC, first, second)
            old, new = proof["from"], proof["to"]
            assert (old["seal"]["n"], new["seal"]["n"]) == (first, second)
            assert is_under(old)
            assert is_under(new)
            path = list(map(bytes.fromhex, proof["path"]))
            roots = bytes.fromhex(old["root"]), bytes.fromhex(new["root"])
            assert is_consistent(old["length"], new["length"], *roots, path)
    assert (await Proofs(pool).consistency(AC, 2, None))["to"]["seal"]["n"] == 5
    with pytest.raises(NotSealed, match="The account had no event under seal 1"):
        await Proofs(pool).consistency(account(9), 1, None)


async def test_what_is_not_sealed_yet_is_said(pool):
    store = postgres_store(pool)
    await store.append(append(AC, "RE" + "1" * 32, 0, "started"))
    with pytest.raises(NotSealed, match="No seal covers the event yet"):
        await Proofs(pool).inclusion(AC, "RE" + "1" * 32, 1, None)
    with pytest.raises(SealUnknown, match="There is no seal 1"):
        await Proofs(pool).consistency(AC, 1, None)


async def test_keys_are_changed_and_the_old_ones_kept(pool):
    for keys in ((KEY,), (KEY,), (OTHER_KEY, KEY), (OTHER_KEY, KEY)):
        await record(pool, AC, 2, CHOOSE)
        await sealer(pool, *keys).tick()
    assert [(key["key_id"], key["first_seal"]) for key in await Proofs(pool).keys()] == [
        (OTHER_KEY.id, 3),
        (KEY.id, 1),
    ]
    assert await all_faults(pool, OTHER_KEY, KEY) == []
    (unknown,) = await all_faults(pool, KEY)
    assert (unknown.seal, "not the service's key" in unknown.what) == (3, True)
    assert "give `verify` the service's RECORDKEEPER_SEAL_KEY or" in unknown.what


async def test_a_key_that_the_service_makes_signs_only_what_began_with_it(pool, tmp_path):
    await record(pool, AC, 2, CHOOSE)
    own = sealer(pool, folder=tmp_path)
    assert await own.tick() == 1
    path = tmp_path / "seal.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert {file.name for file in tmp_path.iterdir()} == {"seal.key", "seal.last"}
    await record(pool, AC, 2, CHOOSE)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with capture_logs() as logs:
        assert await sealer(pool, folder=elsewhere).tick() == 0
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("seal.key_missing", "error")]
    assert [file.name for file in elsewhere.iterdir()] == ["seal.last"]
    assert await own.tick() == 1
    (key,) = await Proofs(pool).keys()
    assert key["first_seal"] == 1


async def test_a_log_with_a_hole_stays_at_its_last_seal_and_others_go_on(pool, database):
    for number in (1, 2):
        await record(pool, account(number), 4, CHOOSE)
    await sealer(pool, KEY).tick()
    for number in (1, 2):
        await record(pool, account(number), 4, CHOOSE)
    owner = await tamperer(database)
    await owner.execute("DELETE FROM events WHERE account_sid = $1 AND position = 6", account(1))
    await owner.close()
    with capture_logs() as logs:
        assert await sealer(pool, KEY).tick() == 1
    assert [entry["event"] for entry in logs] == ["seal.log_broken", "seal.made"]
    (fault,) = await all_faults(pool, KEY)
    assert (fault.account_sid, fault.position) == (account(1), 6)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("DELETE FROM merkle_nodes", "the stored Merkle node 8/[01] of AC.* is missing"),
        ("DELETE FROM events WHERE position = 511", "the event at position 511 of AC.* is missing"),
        ("UPDATE events SET hash = previous_hash WHERE position = 300", "the event is not the one that was sealed"),
        ("UPDATE seal_accounts SET length = 512", "seal 1 was not made over what is noted of it"),
    ],
)
async def test_no_proof_is_given_out_that_does_not_hold(pool, database, change, says):
    store = postgres_store(pool)
    await store.append(append(AC, "RE" + "1" * 32, 0, *(["delayed"] * 513)))
    await sealer(pool, KEY).tick()
    owner = await tamperer(database)
    await owner.execute(change)
    await owner.close()
    proofs = (Proofs(pool).inclusion(AC, "RE" + "1" * 32, version, None) for version in (1, 300, 512))
    with pytest.raises(LogBroken, match=says):
        await asyncio.gather(*proofs)


@pytest.mark.parametrize("table", ["seals", "seal_accounts", "merkle_nodes", "seal_keys"])
@pytest.mark.parametrize("change", ["DELETE FROM {}", "TRUNCATE {}"])
async def test_seals_are_never_changed(pool, database, table, change):
    for role in ("recordkeeper_service", "recordkeeper"):
        connection = await asyncpg.connect(database)
        await connection.execute(f"SET ROLE {role}")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"permission denied|append-only"):
            await connection.execute(change.format(table))
        await connection.close()


async def test_trees_of_all_accounts_are_made_in_threads_and_kept_from_one_proof_to_the_next(pool, monkeypatch):
    made = []

    def tree_of(logs):
        made.append(threading.current_thread() is threading.main_thread())
        return sealed.tree_of(logs)

    for module in (proofs, seals):
        monkeypatch.setattr(module, "tree_of", tree_of)
    given = Proofs(pool)
    for round_ in range(6):
        await record(pool, AC, 3, CHOOSE)
        assert await sealer(pool, KEY).tick() == 1
        for _ in range(2):
            assert (await given.consistency(AC, 1, None))["to"]["seal"]["n"] == round_ + 1
    assert made == [False] * 12
    assert len(given._trees) == proofs.MOST_TREES


async def test_seals_are_read_a_batch_at_a_time(pool, monkeypatch):
    monkeypatch.setattr(seal_chain, "BATCH", 2)
    for _ in range(5):
        await record(pool, AC, 2, CHOOSE)
        await sealer(pool, KEY).tick()
    told = []
    async with pool.acquire() as connection:
        assert await seal_faults(connection, [KEY.id], told=told.append) == []
        (fault,) = await seal_faults(connection, [OTHER_KEY.id])
    assert (len(told), fault.seal) == (5, 1)
