SELECT position
FROM account_heads
WHERE account_sid = $1
