SELECT position
FROM events
WHERE account_sid = $1 AND position > $2 AND recorded_at >= $3
ORDER BY position
LIMIT 1
