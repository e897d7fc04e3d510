SELECT coalesce(started, 0) AS started, coalesce(completed, 0) AS completed, coalesce(absent, 0) AS absent,
    coalesce(absent_by_code, '{}') AS absent_by_code, coalesce(deleted, 0) AS deleted,
    coalesce(seconds_recorded, 0) AS seconds_recorded, coalesce(seconds_paused, 0)::float8 AS seconds_paused,
    duration_median::float8, duration_p95::float8, finishing_median::float8, finishing_p95::float8,
    coalesce(delivered, 0) AS callbacks_delivered, coalesce(failed, 0) AS callbacks_failed,
    coalesce(discarded, 0) AS callbacks_discarded, coalesce(pending, 0) AS callbacks_pending,
    day::timestamp AT TIME ZONE 'UTC' AS moment, 'day' AS key, day
FROM (SELECT * FROM usage WHERE account_sid = $1) AS recorded
FULL JOIN (SELECT * FROM usage_callbacks WHERE account_sid = $1) AS called USING (account_sid, day)
WHERE (day::timestamp AT TIME ZONE 'UTC', 'day') > ($2::timestamptz, $3::text)
    AND day::timestamp AT TIME ZONE 'UTC' < $4::timestamptz
ORDER BY day
LIMIT $5
