SELECT account_sid, position
FROM account_heads
WHERE position > 0 AND ($1::text IS NULL OR account_sid = $1)
ORDER BY account_sid
