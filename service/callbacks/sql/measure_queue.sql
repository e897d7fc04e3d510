-- As cheap with a million pending as with a few: the index is walked a lane at a time, and nothing is counted beyond $1.
WITH late AS MATERIALIZED (
    SELECT account_sid, host FROM lanes WHERE due_at <= now() ORDER BY due_at
), pending (counted) AS (
    SELECT count(*) FROM (SELECT FROM pending_deliveries LIMIT $1) AS seen
), due (counted, oldest) AS (
    SELECT count(*), min(due_at)
    FROM (
        SELECT due_at
        FROM late
        CROSS JOIN LATERAL (
            SELECT due_at FROM pending_deliveries AS waits
            WHERE waits.account_sid = late.account_sid AND waits.host = late.host AND waits.due_at <= now()
                AND (waits.claimed_until IS NULL OR waits.claimed_until <= now())
                AND NOT EXISTS (
                    SELECT FROM pending_deliveries AS earlier
                    WHERE earlier.account_sid = waits.account_sid AND earlier.recording_sid = waits.recording_sid
                        AND earlier.event_version < waits.event_version
                )
            -- Along the index, however small the table was when this was planned.
            ORDER BY waits.due_at LIMIT $1
        ) AS overdue
        LIMIT $1
    ) AS seen
)
SELECT
    -- Beyond what is counted, what the server's own statistics say.
    CASE WHEN pending.counted < $1 THEN pending.counted
        ELSE greatest(pending.counted, pg_stat_get_live_tuples('pending_deliveries'::regclass)) END AS pending,
    due.counted AS due,
    coalesce(extract(epoch FROM now() - due.oldest), 0)::float8 AS oldest_due_seconds
FROM pending, due
