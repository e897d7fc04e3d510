SELECT position, hash
FROM account_heads
WHERE account_sid = $1
