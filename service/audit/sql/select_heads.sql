SELECT account_sid, position
FROM account_heads
WHERE position > 0
