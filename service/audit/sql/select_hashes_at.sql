SELECT position, hash
FROM events
WHERE account_sid = $1 AND position = ANY ($2::bigint[])
