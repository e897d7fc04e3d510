-- For failed and discarded: few of a long history, which has an index of them alone.
SELECT *, NULL::timestamptz AS next_attempt_at
FROM settled_deliveries
WHERE account_sid = $1 AND status <> 'delivered' AND status = $2
    AND ($3::text IS NULL OR event = $3)
    AND occurred_at >= greatest($4::timestamptz, $6) AND occurred_at <= $5::timestamptz
    AND (occurred_at, sid) > ($6::timestamptz, $7::text)
ORDER BY occurred_at, sid
LIMIT $8
