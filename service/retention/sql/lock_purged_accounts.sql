SELECT
FROM account_heads
WHERE account_sid IN (SELECT account_sid FROM recordings WHERE deleted_at < now() - interval '40 days 1 hour')
ORDER BY account_sid
FOR SHARE
