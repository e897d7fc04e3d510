-- Each account's last row up to seal $1, found account by account: a log that stands still has few rows, a busy one many.
WITH RECURSIVE known AS (
    (SELECT account_sid FROM seal_accounts ORDER BY account_sid LIMIT 1)
    UNION ALL
    SELECT (SELECT min(next.account_sid) FROM seal_accounts AS next WHERE next.account_sid > known.account_sid)
    FROM known
    WHERE known.account_sid IS NOT NULL
)
SELECT known.account_sid, sealed.length, sealed.root
FROM known
CROSS JOIN LATERAL (
    SELECT length, root
    FROM seal_accounts
    WHERE seal_accounts.account_sid = known.account_sid AND n <= $1
    ORDER BY n DESC
    LIMIT 1
) AS sealed
