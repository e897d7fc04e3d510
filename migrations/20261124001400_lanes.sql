-- migrate:up

-- A lane is what one account owes to one host; its first row says when something of it is due. The index is walked a
-- lane at a time, so that this costs as much as there are lanes, however much is owed.
CREATE VIEW lanes AS
WITH RECURSIVE lane (account_sid, host, due_at) AS (
    (
        SELECT account_sid, host, due_at FROM pending_deliveries
        ORDER BY account_sid, host, due_at LIMIT 1
    )
    UNION ALL
    SELECT next.account_sid, next.host, next.due_at
    FROM lane
    CROSS JOIN LATERAL (
        SELECT account_sid, host, due_at FROM pending_deliveries AS behind
        WHERE (behind.account_sid, behind.host) > (lane.account_sid, lane.host)
        ORDER BY account_sid, host, due_at LIMIT 1
    ) AS next
)
SELECT account_sid, host, due_at FROM lane;

SELECT grant_if_possible('SELECT', 'lanes', 'recordkeeper_service');

-- migrate:down

DROP VIEW lanes;
