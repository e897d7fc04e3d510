SELECT DISTINCT account_sid, first_sid, end_sid
FROM archives
