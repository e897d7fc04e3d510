"""The columns of each export, and their types. Account and day stand in the path alone, as Hive has them."""

import pyarrow as pa

from service.export.table import HASH, JSON, MONEY, TIME

EVENTS = pa.schema(
    [
        pa.field("position", pa.int64(), nullable=False),
        pa.field("recording_sid", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("type", pa.string(), nullable=False),
        pa.field("schema", pa.int16(), nullable=False),
        pa.field("data", JSON, nullable=False),
        pa.field("call_sid", pa.string()),
        pa.field("conference_sid", pa.string()),
        pa.field("actor_sid", pa.string()),
        pa.field("actor_role", pa.string(), nullable=False),
        pa.field("request_id", pa.string(), nullable=False),
        pa.field("causation_id", pa.string()),
        pa.field("correlation_id", pa.string()),
        pa.field("occurred_at", TIME, nullable=False),
        pa.field("recorded_at", TIME, nullable=False),
        pa.field("previous_hash", HASH, nullable=False),
        pa.field("hash", HASH, nullable=False),
    ]
)
CANONICAL = EVENTS.append(pa.field("canonical", pa.string(), nullable=False))
"""With the text that is hashed, callback URLs and all: enough to verify the events without the service."""

RECORDINGS = pa.schema(
    [
        pa.field("sid", pa.string(), nullable=False),
        pa.field("version", pa.int32(), nullable=False),
        pa.field("call_sid", pa.string()),
        pa.field("conference_sid", pa.string()),
        pa.field("source", pa.string()),
        pa.field("channels", pa.int16()),
        pa.field("track", pa.string()),
        pa.field("live_status", pa.string()),
        pa.field("start_time", TIME),
        pa.field("date_created", TIME),
        pa.field("date_updated", TIME, nullable=False),
        pa.field("stopped_at", TIME),
        pa.field("deleted_at", TIME),
        pa.field("duration", pa.int32()),
        pa.field("price", MONEY),
        pa.field("price_unit", pa.string()),
        pa.field("stored_channels", pa.int16()),
        pa.field("error_code", pa.int32()),
        pa.field("media_url", pa.string()),
        pa.field("encryption", JSON),
    ]
)

USAGE = pa.schema(
    [
        *(pa.field(name, pa.int64(), nullable=False) for name in ("started", "completed", "absent", "deleted")),
        pa.field("absent_by_code", JSON, nullable=False),
        pa.field("seconds_recorded", pa.int64(), nullable=False),
        pa.field("seconds_paused", pa.float64(), nullable=False),
        *(pa.field(name, pa.float64()) for name in ("duration_median", "duration_p95")),
        *(pa.field(name, pa.float64()) for name in ("finishing_median", "finishing_p95")),
        *(
            pa.field(f"callbacks_{name}", pa.int64(), nullable=False)
            for name in ("delivered", "failed", "discarded", "pending")
        ),
    ]
)
"""Seconds, and counts; `finishing` is from stop to completed."""
