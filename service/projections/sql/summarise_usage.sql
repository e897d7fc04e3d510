WITH changed AS (
    :changed
), days AS MATERIALIZED (
    SELECT DISTINCT facts.account_sid, touched.day
    FROM changed
    JOIN usage_recordings AS facts USING (account_sid, sid)
    CROSS JOIN LATERAL (
        VALUES (facts.started_on), (facts.completed_on), (facts.absent_on), (facts.deleted_on)
    ) AS touched (day)
    WHERE touched.day IS NOT NULL
), started AS (
    SELECT account_sid, day, count(*) AS recordings
    FROM days JOIN usage_recordings AS facts USING (account_sid)
    WHERE facts.started_on = days.day
    GROUP BY account_sid, day
), completed AS (
    SELECT account_sid, day, count(*) AS recordings, sum(duration) AS recorded, sum(paused) AS paused,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY duration) AS durations,
        percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY finishing::double precision) AS finishings
    FROM days JOIN usage_recordings AS facts USING (account_sid)
    WHERE facts.completed_on = days.day
    GROUP BY account_sid, day
), absent AS (
    SELECT account_sid, day, sum(recordings) AS recordings, jsonb_object_agg(code, recordings) AS by_code
    FROM (
        SELECT account_sid, day, coalesce(error_code::text, 'unknown') AS code, count(*) AS recordings
        FROM days JOIN usage_recordings AS facts USING (account_sid)
        WHERE facts.absent_on = days.day
        GROUP BY account_sid, day, code
    ) AS coded
    GROUP BY account_sid, day
), deleted AS (
    SELECT account_sid, day, count(*) AS recordings
    FROM days JOIN usage_recordings AS facts USING (account_sid)
    WHERE facts.deleted_on = days.day
    GROUP BY account_sid, day
)
INSERT INTO usage (
    account_sid, day, started, completed, absent, absent_by_code, deleted, seconds_recorded, seconds_paused,
    duration_median, duration_p95, finishing_median, finishing_p95
)
SELECT
    account_sid,
    day,
    coalesce(started.recordings, 0),
    coalesce(completed.recordings, 0),
    coalesce(absent.recordings, 0),
    coalesce(absent.by_code, '{}'),
    coalesce(deleted.recordings, 0),
    coalesce(completed.recorded, 0),
    round(coalesce(completed.paused, 0), 3),
    round(completed.durations[1]::numeric, 3),
    round(completed.durations[2]::numeric, 3),
    round(completed.finishings[1]::numeric, 3),
    round(completed.finishings[2]::numeric, 3)
FROM days
LEFT JOIN started USING (account_sid, day)
LEFT JOIN completed USING (account_sid, day)
LEFT JOIN absent USING (account_sid, day)
LEFT JOIN deleted USING (account_sid, day)
ON CONFLICT (account_sid, day) DO UPDATE SET
    started = excluded.started,
    completed = excluded.completed,
    absent = excluded.absent,
    absent_by_code = excluded.absent_by_code,
    deleted = excluded.deleted,
    seconds_recorded = excluded.seconds_recorded,
    seconds_paused = excluded.seconds_paused,
    duration_median = excluded.duration_median,
    duration_p95 = excluded.duration_p95,
    finishing_median = excluded.finishing_median,
    finishing_p95 = excluded.finishing_p95
