INSERT INTO recordings AS live (
    account_sid, sid, version, call_sid, conference_sid, source, channels, track, live_status, start_time,
    date_created, date_updated, stopped_at, deleted_at, duration, price, price_unit, stored_channels, error_code, media_url,
    encryption, held
)
SELECT
    account_sid,
    recording_sid,
    max(version),
    max(call_sid),
    max(conference_sid),
    max(data ->> 'source') FILTER (WHERE type = 'started'),
    max((data ->> 'channels')::smallint) FILTER (WHERE type = 'started'),
    max(data ->> 'track') FILTER (WHERE type = 'started'),
    -- In the order of a recording's life, and not by version: an aggregate that sorts halves the rate of a rebuild.
    coalesce(
        max(type) FILTER (WHERE type = 'deleted'),
        max(type) FILTER (WHERE type IN ('completed', 'absent')),
        max(type) FILTER (WHERE type = 'stopped'),
        CASE WHEN max(version) FILTER (WHERE type = 'paused')
            > coalesce(max(version) FILTER (WHERE type IN ('started', 'resumed')), 0) THEN 'paused' END,
        max('in-progress'::text) FILTER (WHERE type IN ('started', 'resumed'))
    ),
    max(occurred_at) FILTER (WHERE type = 'started'),
    max(recorded_at) FILTER (WHERE type = 'started'),
    -- What holds a recording leaves it as it was.
    max(recorded_at) FILTER (WHERE type NOT IN ('held', 'released', 'refused')),
    max(recorded_at) FILTER (WHERE type = 'stopped'),
    max(recorded_at) FILTER (WHERE type = 'deleted'),
    max((data ->> 'duration')::integer) FILTER (WHERE type = 'completed'),
    max((data ->> 'price')::numeric) FILTER (WHERE type = 'completed'),
    max(data ->> 'price_unit') FILTER (WHERE type = 'completed'),
    max((data ->> 'channels')::smallint) FILTER (WHERE type = 'completed'),
    max((data ->> 'error_code')::integer) FILTER (WHERE type = 'absent'),
    max(data ->> 'media_url') FILTER (WHERE type = 'completed'),
    max(data ->> 'encryption') FILTER (WHERE type = 'completed'),
    coalesce(max(version) FILTER (WHERE type = 'held'), 0) >= max(version) FILTER (WHERE type IN ('held', 'released'))
FROM appended
-- An account's own stream has its name.
WHERE recording_sid <> account_sid
GROUP BY account_sid, recording_sid
ON CONFLICT (account_sid, sid) DO UPDATE SET
    version = excluded.version,
    live_status = coalesce(excluded.live_status, live.live_status),
    date_updated = coalesce(excluded.date_updated, live.date_updated),
    stopped_at = coalesce(excluded.stopped_at, live.stopped_at),
    deleted_at = coalesce(excluded.deleted_at, live.deleted_at),
    duration = coalesce(excluded.duration, live.duration),
    price = coalesce(excluded.price, live.price),
    price_unit = coalesce(excluded.price_unit, live.price_unit),
    stored_channels = coalesce(excluded.stored_channels, live.stored_channels),
    error_code = coalesce(excluded.error_code, live.error_code),
    media_url = coalesce(excluded.media_url, live.media_url),
    encryption = coalesce(excluded.encryption, live.encryption),
    held = coalesce(excluded.held, live.held)
RETURNING live.*
