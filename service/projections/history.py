"""A recording as it was: the projection's own statement, over the events up to then."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg

from service.application.views import RecordingView
from service.eventstore.event import Row, iso_time
from service.postgres.statement import statement
from service.projections.recordings import PROJECTION

_COLUMNS = PROJECTION.partition("(")[2].partition(")")[0]
_SELECT = "SELECT" + PROJECTION.partition("SELECT")[2].partition("ON CONFLICT")[0]


_GIVEN = "FROM jsonb_populate_recordset(NULL::events, $4) AS events"
_READ = ("account_sid", "recording_sid", "version", "type", "data", "call_sid", "conference_sid")


async def recording_at(
    pool: asyncpg.Pool, account_sid: str, sid: str, at: datetime | None = None, archived: Sequence[Row] = ()
) -> RecordingView | None:
    """Return the recording as it was at a time, which counts too, or as it is; None before it was started.

    It is made from the log, which forgets nothing: also what was deleted long ago. With `archived`, all events of a
    recording that is no longer in the database, from these.
    """
    query = statement(__package__, "select_recording_at").replace(":columns", _COLUMNS).replace(":select", _SELECT)
    if archived:
        rows = [{name: row[name] for name in _READ} | _times(row) for row in archived]
        row = await pool.fetchrow(query.replace("FROM events", _GIVEN), account_sid, sid, at, rows)
    else:
        row = await pool.fetchrow(query, account_sid, sid, at)
    return RecordingView.of(row) if row else None


def _times(row: Row) -> dict[str, str]:
    return {name: iso_time(row[name]) for name in ("occurred_at", "recorded_at")}
