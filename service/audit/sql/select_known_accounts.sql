-- Every account that any table of the log speaks of, and how long its log should be.
WITH RECURSIVE logged AS (
    (SELECT account_sid FROM events ORDER BY account_sid LIMIT 1)
    UNION ALL
    SELECT (SELECT min(next.account_sid) FROM events AS next WHERE next.account_sid > logged.account_sid)
    FROM logged
    WHERE logged.account_sid IS NOT NULL
)
SELECT account_sid, max(length)::bigint AS length
FROM (
    SELECT account_sid, position AS length FROM account_heads
    UNION ALL SELECT account_sid, length FROM seal_accounts
    UNION ALL SELECT account_sid, 0 FROM merkle_nodes
    UNION ALL SELECT account_sid, 0 FROM logged WHERE account_sid IS NOT NULL
) AS known
GROUP BY account_sid
ORDER BY account_sid
