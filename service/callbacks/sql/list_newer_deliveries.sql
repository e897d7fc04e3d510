SELECT *
FROM deliveries
WHERE account_sid = $1 AND ($2::text IS NULL OR status = $2)
    AND ($2::text IS DISTINCT FROM 'pending' OR next_attempt_at IS NOT NULL)
    AND ($3::text IS NULL OR event = $3)
    AND occurred_at >= greatest($4::timestamptz, $6) AND occurred_at <= $5::timestamptz
    AND (occurred_at, sid) > ($6::timestamptz, $7::text)
ORDER BY occurred_at, sid
LIMIT $8
