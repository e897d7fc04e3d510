SELECT min(account_sid)
FROM :partition
WHERE account_sid > $1
