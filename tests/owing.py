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
