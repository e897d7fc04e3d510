"""A recording as it was: the projection's own statement, over the events up to then."""

from datetime import datetime

import asyncpg

from service.application.views import RecordingView
from service.postgres.statement import statement
from service.projections.recordings import PROJECTION

_COLUMNS = PROJECTION.partition("(")[2].partition(")")[0]
_SELECT = "SELECT" + PROJECTION.partition("SELECT")[2].partition("ON CONFLICT")[0]


async def recording_at(
    pool: asyncpg.Pool, account_sid: str, sid: str, at: datetime | None = None
) -> RecordingView | None:
    """Return the recording as it was at a time, which counts too, or as it is; None before it was started.

    It is made from the log, which forgets nothing: also what was deleted long ago.
    """
    query = statement(__package__, "select_recording_at").replace(":columns", _COLUMNS).replace(":select", _SELECT)
    row = await pool.fetchrow(query, account_sid, sid, at)
    return RecordingView.of(row) if row else None
