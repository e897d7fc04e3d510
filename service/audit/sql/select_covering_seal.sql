SELECT min(n)
FROM seal_accounts
WHERE account_sid = $1 AND length >= $2
