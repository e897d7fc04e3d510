SELECT account_sid, after, least(position, after + $2 - earlier) AS upto
FROM (
    SELECT heads.account_sid, heads.position, coalesce(taken.position, 0) AS after,
        sum(heads.position - coalesce(taken.position, 0)) OVER accounts
            - (heads.position - coalesce(taken.position, 0)) AS earlier
    FROM account_heads AS heads
    LEFT JOIN projection_checkpoints AS taken
        ON taken.account_sid = heads.account_sid AND taken.projection = $1
    WHERE heads.position > coalesce(taken.position, 0)
    WINDOW accounts AS (ORDER BY heads.account_sid)
) AS behind
WHERE earlier < $2
