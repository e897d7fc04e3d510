SELECT n, length, root
FROM seal_accounts
WHERE account_sid = $1
ORDER BY n
