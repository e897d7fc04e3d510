SELECT position, hash
FROM events
WHERE account_sid = $1 AND position > $2 AND position <= $3
ORDER BY position
