"""Rebuilding the read model `recordings`, and what those who use the service notice of it.

  python -m bench.rebuild [--events N] [--seconds S]

The rate stands beside that of the bare statement on the same rows: one INSERT … SELECT … GROUP BY into a table with the
same indexes. The waits are those of creates, fetches and stops over HTTP, with and without a rebuild under way.
"""

import argparse
import asyncio
import time
from itertools import count
from statistics import median, quantiles

import aiohttp
import asyncpg

from bench.running import Account, Running, service
from service.projections.projection import SHADOW
from service.projections.rebuild import rebuild
from service.projections.registry import PROJECTIONS

ACCOUNTS, CLIENTS, VERSIONS, BATCH, ROUNDS = 50, 4, 5, 100_000, 3
RECORDINGS = PROJECTIONS["recordings"]
FILL = """
WITH made AS (
    SELECT 'AC' || lpad(to_hex(stream % $3), 32, '0') AS account_sid,
        'RE' || lpad(to_hex(1700000000000 + stream), 12, '0') || lpad(to_hex(stream), 20, '0') AS recording_sid,
        version, stream / $3 * $4 + version AS position, now() - interval '1 hour' + version * interval '1 second' AS at
    FROM generate_series($1::bigint, $2::bigint - 1) AS stream CROSS JOIN generate_series(1, $4) AS version
)
INSERT INTO events (account_sid, recording_sid, version, position, type, schema, data, call_sid, actor_role, request_id,
    occurred_at, recorded_at, canonical, previous_hash, hash)
SELECT account_sid, recording_sid, version, position,
    (ARRAY['started', 'paused', 'resumed', 'stopped', 'completed'])[version], CASE version WHEN 5 THEN 2 ELSE 1 END,
    CASE version WHEN 1 THEN '{"source": "OutboundAPI", "channels": 2, "track": "both"}'::jsonb
        WHEN 5 THEN jsonb_build_object('duration', 15, 'channels', 2, 'price', '-0.0025', 'price_unit', 'USD',
            'peaks', repeat('7f', 200)) ELSE '{"position": 1}' END,
    'CA' || substr(recording_sid, 3), 'account', 'RQ1', at, at, repeat('x', 600), sha256('a'), sha256('b')
FROM made ORDER BY recording_sid, version
"""
HEADS = """
INSERT INTO account_heads (account_sid, position)
SELECT account_sid, max(position) FROM events GROUP BY account_sid
ON CONFLICT (account_sid) DO UPDATE SET position = excluded.position
"""


async def fill(connection: asyncpg.Connection, events: int) -> None:
    for begin in range(0, events // VERSIONS, BATCH // VERSIONS):
        end = min(events // VERSIONS, begin + BATCH // VERSIONS)
        await connection.execute(FILL, begin, end, ACCOUNTS, VERSIONS)
    await connection.execute(HEADS)
    await connection.execute("VACUUM ANALYZE events")


async def bare(connection: asyncpg.Connection, including: str) -> float:
    """Return the seconds of the bare statement."""
    await connection.execute(f"CREATE TABLE recordings{SHADOW} (LIKE recordings INCLUDING DEFAULTS)")
    if including:
        for row in await connection.fetch("SELECT indexdef FROM pg_indexes WHERE tablename = 'recordings'"):
            await connection.execute(
                row["indexdef"]
                .replace(" ON public.recordings ", f" ON recordings{SHADOW} ")
                .replace("INDEX recordings", "INDEX bare")
            )
    text = RECORDINGS.folding("all_streams", SHADOW)
    began = time.perf_counter()
    await connection.execute(text)
    took = time.perf_counter() - began
    await connection.execute(f"DROP TABLE recordings{SHADOW}")
    await connection.execute("CHECKPOINT")
    return took


class Waits:
    def __init__(self, running: Running, account: Account) -> None:
        self._running, self._account = running, account
        self.longest: list[float] = []
        self.failures = 0

    async def use(self, client: aiohttp.ClientSession, number: int) -> None:
        base = f"{self._running.url}/2010-04-01/Accounts/{self._account.sid}"
        for call in count(number << 64):
            recordings = f"{base}/Calls/CA{call:032x}/Recordings"
            made = await self._timed(client, "POST", f"{recordings}.json")
            for _ in range(3):
                await self._timed(client, "GET", f"{base}/Recordings/{made['sid']}.json")
            await self._timed(client, "GET", f"{base}/Recordings.json")
            await self._timed(client, "POST", f"{recordings}/{made['sid']}.json", data={"Status": "stopped"})

    async def _timed(self, client: aiohttp.ClientSession, method: str, url: str, **more: object) -> dict:
        began = time.perf_counter()
        async with client.request(
            method, url, headers={"Authorization": self._account.authorization}, **more
        ) as answer:
            body = await answer.json()
        self.longest.append(time.perf_counter() - began)
        self.failures += not answer.ok
        return body

    def said(self) -> str:
        if not self.longest:
            return "no requests"
        ms = [1000 * wait for wait in self.longest]
        return (
            f"{len(ms)} requests, {self.failures} failed; waits: median {median(ms):.1f} ms,"
            f" p99 {quantiles(ms, n=100)[98]:.1f} ms, longest {max(ms):.1f} ms"
        )


async def used(waits: Waits, during: asyncio.Future) -> None:
    async with aiohttp.ClientSession() as client:
        clients = [asyncio.create_task(waits.use(client, number)) for number in range(1, CLIENTS + 1)]
        await during
        for one in clients:
            one.cancel()
        await asyncio.gather(*clients, return_exceptions=True)


async def measure(running: Running, events: int, seconds: float) -> None:
    connection = await asyncpg.connect(running.dsn, server_settings={"jit": "off", "work_mem": "64MB"})
    began = time.perf_counter()
    await fill(connection, events)
    print(f"{events} events made in {time.perf_counter() - began:.0f} s, {ACCOUNTS} accounts, {VERSIONS} a recording")
    ratios = []
    for _ in range(ROUNDS):
        plain, indexed = await bare(connection, ""), await bare(connection, "indexes")
        done = await rebuild(running.dsn, RECORDINGS)
        ratios.append(indexed / done.seconds)
        rates = [f"{events / seconds:,.0f}" for seconds in (plain, indexed, done.seconds)]
        print(f"events/s: bare statement without an index {rates[0]}, with the table's {rates[1]}; rebuild {rates[2]}")
    print(f"rebuild: {median(ratios):.2f} of the bare statement into the same indexes; 0.7 or more is wanted")
    for name, during in (("nothing else", asyncio.sleep(seconds)), ("a rebuild", rebuild(running.dsn, RECORDINGS))):
        waits = Waits(running, running.accounts[0])
        await used(waits, asyncio.ensure_future(during))
        print(f"beside {name}: {waits.said()}")
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=15)
    asked = parser.parse_args()
    with service(1) as running:
        asyncio.run(measure(running, asked.events, asked.seconds))


if __name__ == "__main__":
    main()
