SELECT min(position + 0) AS first, max(position + 0) AS last
FROM events
WHERE account_sid = $1 AND occurred_at >= $2 AND occurred_at <= $3
