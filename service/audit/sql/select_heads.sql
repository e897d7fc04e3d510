SELECT account_sid, position, hash
FROM account_heads
ORDER BY account_sid
