INSERT INTO usage_recordings AS live (
    account_sid, sid, version, started_on, completed_on, absent_on, deleted_on, error_code, duration, paused, finishing
)
SELECT
    account_sid,
    recording_sid,
    max(version),
    (max(occurred_at) FILTER (WHERE type = 'started') AT TIME ZONE 'UTC')::date,
    (max(occurred_at) FILTER (WHERE type = 'completed') AT TIME ZONE 'UTC')::date,
    (max(occurred_at) FILTER (WHERE type = 'absent') AT TIME ZONE 'UTC')::date,
    (max(occurred_at) FILTER (WHERE type = 'deleted') AT TIME ZONE 'UTC')::date,
    max((data ->> 'error_code')::integer) FILTER (WHERE type = 'absent'),
    max((data ->> 'duration')::integer) FILTER (WHERE type = 'completed'),
    -- Pauses and their ends take turns, and a stop ends one too; a pause still open does not count yet.
    greatest(
        coalesce(sum(extract(epoch FROM occurred_at)) FILTER (WHERE type = 'resumed'), 0)
        + CASE WHEN count(*) FILTER (WHERE type = 'paused') > count(*) FILTER (WHERE type = 'resumed')
            THEN extract(epoch FROM coalesce(
                max(occurred_at) FILTER (WHERE type = 'stopped'), max(occurred_at) FILTER (WHERE type = 'paused')
            )) ELSE 0 END
        - coalesce(sum(extract(epoch FROM occurred_at)) FILTER (WHERE type = 'paused'), 0),
        0
    ),
    -- By the service's own clock: a switch may tell of a stop late, and with the time it had.
    extract(epoch FROM
        max(recorded_at) FILTER (WHERE type = 'completed') - max(recorded_at) FILTER (WHERE type = 'stopped'))
FROM appended
GROUP BY account_sid, recording_sid
ON CONFLICT (account_sid, sid) DO UPDATE SET
    version = excluded.version,
    started_on = excluded.started_on,
    completed_on = excluded.completed_on,
    absent_on = excluded.absent_on,
    deleted_on = excluded.deleted_on,
    error_code = excluded.error_code,
    duration = excluded.duration,
    paused = excluded.paused,
    finishing = excluded.finishing
RETURNING live.*
