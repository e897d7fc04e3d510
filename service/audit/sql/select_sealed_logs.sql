SELECT n, account_sid, length, root
FROM seal_accounts
WHERE n BETWEEN $1 AND $2
ORDER BY n, account_sid
