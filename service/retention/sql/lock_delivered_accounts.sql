SELECT
FROM account_heads
WHERE account_sid IN (SELECT account_sid FROM settled_deliveries WHERE settled_at < now() - make_interval(days => $1))
ORDER BY account_sid
FOR SHARE
