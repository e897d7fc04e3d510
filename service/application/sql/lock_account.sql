SELECT
FROM account_heads
WHERE account_sid = $1
FOR SHARE
