SELECT count(*)
FROM (
    SELECT FROM events
    WHERE account_sid = $1 AND occurred_at >= $2 AND occurred_at <= $3
    LIMIT $4
) AS counted
