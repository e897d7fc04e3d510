SELECT hash
FROM events
WHERE account_sid = $1 AND position = $2
