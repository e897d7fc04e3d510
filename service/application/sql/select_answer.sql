-- A key older than 24 hours is forgotten here, before it is inserted again: the purge may not have come by yet.
WITH forgotten AS (
    DELETE FROM idempotency_keys
    WHERE account_sid = $1 AND key = $2 AND date_created <= now() - interval '24 hours'
)
SELECT
    answered.request_sha256,
    live.account_sid, live.sid, answered.version, live.call_sid, live.conference_sid, live.source, live.channels,
    live.track,
    CASE WHEN moved.type IN ('started', 'resumed') THEN 'in-progress' ELSE moved.type END AS live_status,
    live.start_time, live.date_created, events.recorded_at AS date_updated, NULL::timestamptz AS stopped_at,
    NULL::timestamptz AS deleted_at, NULL::integer AS duration, NULL::numeric AS price, NULL::text AS price_unit,
    NULL::smallint AS stored_channels, CASE WHEN moved.type = 'absent' THEN live.error_code END AS error_code,
    NULL::text AS media_url, NULL::text AS encryption
FROM idempotency_keys AS answered
JOIN recordings AS live ON live.account_sid = answered.account_sid AND live.sid = answered.recording_sid
JOIN events ON events.account_sid = answered.account_sid AND events.recording_sid = answered.recording_sid
    AND events.version = answered.version
-- The event of that version may be one that moves no status.
CROSS JOIN LATERAL (
    SELECT type
    FROM events
    WHERE account_sid = answered.account_sid AND recording_sid = answered.recording_sid AND version <= answered.version
        AND type IN ('started', 'paused', 'resumed', 'stopped', 'completed', 'absent', 'deleted')
    ORDER BY version DESC
    LIMIT 1
) AS moved
WHERE answered.account_sid = $1 AND answered.key = $2 AND answered.date_created > now() - interval '24 hours'
