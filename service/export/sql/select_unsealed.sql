-- Without any seal none is waited for.
SELECT ends.account_sid, ends.position
FROM (SELECT account_sid, max(position) AS position FROM :partition GROUP BY account_sid) AS ends
WHERE EXISTS (SELECT FROM seals)
    AND NOT EXISTS (
        SELECT FROM seal_accounts AS sealed
        WHERE sealed.account_sid = ends.account_sid AND sealed.length >= ends.position
    )
LIMIT 1
