-- A delivery is settled at the time its transaction began: ten minutes cover what was not committed at the last count.
WITH counting AS (
    SELECT account_sid, (occurred_at AT TIME ZONE 'UTC')::date AS day
    FROM settled_deliveries
    WHERE settled_at >= (SELECT coalesce(max(counted_at), '-infinity') FROM usage_callbacks) - interval '10 minutes'
    UNION
    SELECT account_sid, (occurred_at AT TIME ZONE 'UTC')::date FROM pending_deliveries
    UNION
    SELECT account_sid, day FROM usage_callbacks WHERE pending > 0
), settled AS (
    SELECT account_sid, counting.day,
        count(*) FILTER (WHERE status = 'delivered') AS delivered,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        count(*) FILTER (WHERE status = 'discarded') AS discarded
    FROM counting
    JOIN settled_deliveries USING (account_sid)
    WHERE occurred_at >= counting.day::timestamp AT TIME ZONE 'UTC'
        AND occurred_at < (counting.day + 1)::timestamp AT TIME ZONE 'UTC'
    GROUP BY account_sid, counting.day
), pending AS (
    SELECT account_sid, (occurred_at AT TIME ZONE 'UTC')::date AS day, count(*) AS pending
    FROM pending_deliveries
    GROUP BY account_sid, day
)
INSERT INTO usage_callbacks (account_sid, day, delivered, failed, discarded, pending, counted_at)
SELECT account_sid, day, coalesce(delivered, 0), coalesce(failed, 0), coalesce(discarded, 0), coalesce(pending, 0), now()
FROM counting
LEFT JOIN settled USING (account_sid, day)
LEFT JOIN pending USING (account_sid, day)
ON CONFLICT (account_sid, day) DO UPDATE SET
    delivered = excluded.delivered,
    failed = excluded.failed,
    discarded = excluded.discarded,
    pending = excluded.pending,
    counted_at = excluded.counted_at
