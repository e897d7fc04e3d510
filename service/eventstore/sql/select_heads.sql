SELECT account_sid, position
FROM account_heads
WHERE account_sid = ANY ($1)
