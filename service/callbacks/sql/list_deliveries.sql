-- Neither table is searched for a status that it cannot hold: only what is pending has a next attempt.
SELECT *
FROM deliveries
WHERE account_sid = $1 AND ($2::text IS NULL OR status = $2)
    AND ($2::text IS DISTINCT FROM 'pending' OR next_attempt_at IS NOT NULL)
    AND ($3::text IS NULL OR event = $3)
    AND occurred_at >= $4::timestamptz AND occurred_at <= least($5::timestamptz, $6)
    AND (occurred_at, sid) < ($6::timestamptz, $7::text)
ORDER BY occurred_at DESC, sid DESC
LIMIT $8
