WITH RECURSIVE waiting (host) AS (
    (SELECT host FROM deliveries WHERE status = 'pending' ORDER BY host LIMIT 1)
    UNION ALL
    SELECT (
        SELECT next.host FROM deliveries AS next
        WHERE next.status = 'pending' AND next.host > waiting.host ORDER BY next.host LIMIT 1
    )
    FROM waiting WHERE waiting.host IS NOT NULL
), open (host, slots) AS (
    SELECT waiting.host, $2 - (
        SELECT count(*) FROM deliveries AS claimed
        WHERE claimed.host = waiting.host AND claimed.claim_id IS NOT NULL AND claimed.next_attempt_at > now()
    )
    FROM waiting WHERE waiting.host IS NOT NULL
), due AS (
    SELECT candidate.account_sid, candidate.sid
    -- In no order, so that no host is always first when there is more to do than may be under way.
    FROM (SELECT host, slots FROM open ORDER BY random()) AS open
    CROSS JOIN LATERAL (
        SELECT account_sid, sid FROM deliveries AS waits
        WHERE status = 'pending' AND host = open.host AND next_attempt_at <= now()
            AND NOT EXISTS (
                SELECT FROM deliveries AS earlier
                WHERE earlier.account_sid = waits.account_sid AND earlier.recording_sid = waits.recording_sid
                    AND earlier.event_version < waits.event_version AND earlier.status = 'pending'
            )
        ORDER BY next_attempt_at LIMIT greatest(open.slots, 0) FOR UPDATE SKIP LOCKED
    ) AS candidate
    LIMIT $1
)
UPDATE deliveries AS claimed
SET claim_id = gen_random_uuid(), attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $3)
FROM due
WHERE claimed.account_sid = due.account_sid AND claimed.sid = due.sid
RETURNING claimed.account_sid, claimed.sid, claimed.recording_sid, claimed.event, claimed.url, claimed.method,
    claimed.parameters, claimed.host, claimed.idempotency_token, claimed.attempts, claimed.claim_id
