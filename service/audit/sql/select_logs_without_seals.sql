SELECT account_sid, n
FROM seal_accounts
WHERE NOT EXISTS (SELECT FROM seals WHERE seals.n = seal_accounts.n)
ORDER BY n, account_sid
LIMIT 100
