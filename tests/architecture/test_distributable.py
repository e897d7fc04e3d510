"""The schema can be distributed on the account (Citus) without a change in code: keys, joins, functions, locks.

A table is distributed on `account_sid` unless it is listed here with a reason. A distributed table takes no unique
index without the account, no statement of the hot path may look across accounts, and an append waits for its own
account alone.
"""

import asyncio
import re
from pathlib import Path

import pytest

from facts import AC
from stores import append, postgres_store

ROOT = Path(__file__).parents[2]
OTHER = "AC" + "f" * 32
REFERENCE = {
    "accounts": "a row an account, read by whoever signs in and joined everywhere: on every node",
    "api_keys": "found by its SID, before it is known whose it is: on every node",
}
"""Tables that every node has a copy of."""
LOCAL = {
    "schema_migrations": "the schema is the coordinator's",
    "schema_checksums": "the schema is the coordinator's",
    "seals": "statements over all accounts, a row every five minutes",
    "seal_keys": "the public keys of the service, not data of accounts",
    "rebuilds": "a row a projection that is being rebuilt: how far the account was that its cursor names",
    "dispatchers": "processes, not data of accounts; their numbers are advisory locks of the coordinator",
}
"""Tables that only the coordinator has."""
ACROSS_ACCOUNTS = {
    "application/sql/retire_public_key.sql": "a verb, by a SID that is unique",
    "application/sql/select_lost_streams.sql": "a loop: whose audio has stopped coming, of all accounts",
    "audit/sql/select_heads.sql": "a verb: each account's length, to verify one after the other",
    "audit/sql/select_extent.sql": "a verb: how much there is to verify",
    "audit/sql/select_logs_without_seals.sql": "a verb: whether a seal is missing that an account's row names",
    "audit/sql/select_sealed_logs.sql": "a verb: what a seal said of every account",
    "callbacks/sql/release_claims.sql": "what a dead dispatcher had claimed, of all accounts",
    "export/sql/select_all_archives.sql": "a verb: each archived file, to verify one after the other",
    "media/finishing/sql/renew_finishings.sql": "a loop: this process's own claims, of all accounts",
    "media/sql/select_finished_recordings.sql": "at the start: what spools are left over, of all accounts",
    "projections/sql/all_streams.sql": "a verb: the whole log, folded by account and recording",
    "projections/sql/create_archived_events.sql": "a verb: the columns of the log, and no row of it",
    "projections/sql/count_events.sql": "a verb: how much there is to fold",
    "projections/sql/delete_checkpoints.sql": "a verb: a projection begins anew, for all accounts",
    "projections/sql/policy_events.sql": "a verb: the streams of all accounts, folded by account",
    "projections/sql/rename_checkpoints.sql": "a verb: the shadow's place becomes the projection's, for all accounts",
    "projections/sql/select_archived_files.sql": "a verb: each archived file, folded by account and month",
    "projections/sql/select_archived_months.sql": "a verb: which parts of the log are archived, of all accounts",
    "projections/sql/select_policy_differences.sql": "a verb: compares two tables whole, each row with its account",
    "projections/sql/select_unknown.sql": "a verb: whether the log has types that this version does not know",
    "retention/sql/purge_idempotency_keys.sql": "a loop: what is old, of all accounts",
}
"""Statements that read or write distributed tables and name no account: loops and verbs, none of them in an append."""
CLAIMED = {
    "callbacks/sql/claim_deliveries.sql": "lane by lane, each of one account; the list of lanes is of all",
    "callbacks/sql/claim_given_up.sql": "a loop: what is too old, of all accounts; would go account by account",
    "callbacks/sql/redeliver_batch.sql": "a verb or a request, of one account",
    "retention/sql/purge_recordings.sql": "a loop: locks the heads of the accounts it purges, so that no hold slips by",
    "media/finishing/sql/claim_finishings.sql": "by data folder: the table would stay on the coordinator",
    "media/storing/sql/claim_unwanted_copies.sql": "what is to be erased: the table would stay on the coordinator",
    "transcription/sql/claim_job.sql": "by data folder: the table would stay on the coordinator",
}
"""Queues: Citus refuses FOR UPDATE SKIP LOCKED across accounts, so each has to be of one account, or local."""

KEYS = """
SELECT relation.relname AS name, index.relname AS key, attribute.attname AS first
FROM pg_index
JOIN pg_class AS relation ON relation.oid = pg_index.indrelid
JOIN pg_class AS index ON index.oid = pg_index.indexrelid
JOIN pg_attribute AS attribute ON attribute.attrelid = relation.oid AND attribute.attnum = pg_index.indkey[0]
WHERE relation.relnamespace = 'public'::regnamespace AND pg_index.indisunique
"""
TABLES = """
SELECT relname AS name, EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'account_sid' AND NOT attisdropped
) AS has_account, relispartition AS is_part
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
NUMBERED = """
SELECT table_name || '.' || column_name AS name FROM information_schema.columns
WHERE table_schema = 'public' AND (is_identity = 'YES' OR column_default LIKE 'nextval%')
"""
STATEMENTS = {
    str(path.relative_to(ROOT / "service")): path.read_text() for path in (ROOT / "service").glob("*/**/sql/*.sql")
}
_NAMES_ACCOUNT = re.compile(
    r"account_sid\s*(=|IN|IS NOT DISTINCT)|USING \(account_sid|\(account_sid, \w+\)\s*(=|IN|>|<)|GROUP BY account_sid"
    r"|ON CONFLICT \(account_sid|INSERT INTO \w+( AS \w+)? \([^)]*\baccount_sid\b"
)


async def distributed(pool) -> set[str]:
    return {
        row["name"]
        for row in await pool.fetch(TABLES)
        if row["has_account"] and row["name"] not in REFERENCE | LOCAL and not row["is_part"]
    }


async def test_every_table_is_distributed_on_the_account_or_says_why_not(pool):
    names = {row["name"] for row in await pool.fetch(TABLES) if not row["is_part"]}
    assert names - await distributed(pool) == REFERENCE.keys() | LOCAL.keys()


async def test_the_account_is_first_in_every_unique_key(pool):
    tables = await distributed(pool)
    keys = await pool.fetch(KEYS)
    assert tables == {row["name"] for row in keys if row["name"] in tables}, "each has one"
    assert [dict(row) for row in keys if row["name"] in tables and row["first"] != "account_sid"] == []


async def test_no_distributed_table_counts_with_a_sequence(pool):
    tables = await distributed(pool)
    assert [row["name"] for row in await pool.fetch(NUMBERED) if row["name"].split(".")[0] in tables] == []


@pytest.fixture
async def across(pool) -> set[str]:
    tables = re.compile(rf"\b(FROM|JOIN|INTO|UPDATE|USING|TABLE)\s+({'|'.join(await distributed(pool))})\b")
    return {name for name, text in STATEMENTS.items() if tables.search(text) and not _NAMES_ACCOUNT.search(text)}


async def test_every_statement_on_a_distributed_table_names_the_account_or_says_why_not(across):
    assert across == ACROSS_ACCOUNTS.keys()


def test_queues_are_claimed_by_the_account_or_say_why_not():
    assert {name for name, text in STATEMENTS.items() if "SKIP LOCKED" in text} == CLAIMED.keys()


async def test_an_append_waits_for_its_own_account_alone(pool):
    store = postgres_store(pool)
    for account in (AC, OTHER):
        await store.append(append(account, "RE" + "1" * 32, 0, "started"))
    async with pool.acquire() as connection, connection.transaction():
        (text,) = append(AC, "RE" + "2" * 32, 0, "started").canonical()
        await connection.fetch("SELECT item FROM append_events($1, $2, $3)", AC, [0], [text])
        done = await asyncio.wait_for(store.append(append(OTHER, "RE" + "2" * 32, 0, "started")), 20)
        assert done.position == 2


async def test_an_append_takes_no_lock_and_tells_nobody_across_accounts(pool):
    source = await pool.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'append_events'")
    written = source + (ROOT / "service" / "eventstore" / "sql" / "append.sql").read_text()
    assert not re.search(r"advisory|NOTIFY|LOCK TABLE|nextval", written, re.IGNORECASE)
