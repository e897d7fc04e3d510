"""Deliveries that are owed, as an append writes them down, and a dispatcher's turns at them."""

from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from facts import AC


async def turn(dispatcher):
    claimed = await dispatcher.tick()
    await dispatcher.drain()
    return claimed


async def owe(pool, url, *, recording=1, version=1):
    """Write down a delivery as an append does."""
    token, recording_sid = uuid4(), f"RE{recording:032x}"
    await pool.execute(
        "INSERT INTO pending_deliveries (account_sid, sid, recording_sid, event_version, event, occurred_at, url,"
        " method, parameters, host, idempotency_token)"
        " VALUES ($1, $2, $3, $4, 'completed', now(), $5, 'POST', $6, $7, $8)",
        AC,
        f"DL{token.hex}",
        recording_sid,
        version,
        url,
        urlencode({"RecordingSid": recording_sid, "Version": version}),
        urlsplit(url).netloc,
        token,
    )


async def deliveries(pool):
    return await pool.fetch("SELECT * FROM deliveries ORDER BY recording_sid, event_version")


async def attempts(pool):
    return [attempt for row in await deliveries(pool) for attempt in row["attempts"]]


async def be_silent(pool, host, *, since="24 hours", until="1 minute"):
    """Write down of each account that a host was asked in vain, at first and lately."""
    await pool.execute(
        "INSERT INTO pending_deliveries (account_sid, sid, recording_sid, event_version, event, occurred_at, url,"
        " method, parameters, host, idempotency_token, due_at, attempts)"
        " SELECT account_sid, 'DL' || repeat('f', 32), 'RE' || repeat('f', 32), 1, 'completed', now(), 'x',"
        " 'POST', '', host, gen_random_uuid(), now() + interval '1 hour', jsonb_build_array("
        " jsonb_build_object('attempted_at', now() - $2::text::interval, 'http_status', NULL),"
        " jsonb_build_object('attempted_at', now() - $3::text::interval, 'http_status', NULL))"
        " FROM (SELECT DISTINCT account_sid, host FROM pending_deliveries WHERE host = $1) AS asked",
        host,
        since,
        until,
    )
