-- Due for a day without getting their turn: their host answers nothing, and only probes go out to it. They become
-- claims of nobody's (0), for the transaction in which what became of them is written down.
WITH silent AS MATERIALIZED (
    -- It was probed all the while: a day on which no dispatcher ran tells nothing of a host.
    SELECT account_sid, host
    FROM lanes
    WHERE due_at < now() - interval '24 hours'
        AND EXISTS (
            SELECT FROM pending_deliveries AS probed
            WHERE probed.account_sid = lanes.account_sid AND probed.host = lanes.host
                AND (probed.attempts -> 0 ->> 'attempted_at')::timestamptz < now() - interval '23 hours'
        )
        AND EXISTS (
            SELECT FROM pending_deliveries AS probed
            WHERE probed.account_sid = lanes.account_sid AND probed.host = lanes.host
                AND (probed.attempts -> -1 ->> 'attempted_at')::timestamptz > now() - interval '1 hour'
                AND probed.attempts -> -1 ->> 'http_status' IS NULL
        )
        AND NOT EXISTS (
            SELECT FROM settled_deliveries AS told
            WHERE told.host = lanes.host AND told.status = 'delivered' AND told.settled_at > now() - interval '1 hour'
        )
), waiting AS (
    SELECT account_sid, recording_sid, event_version, sid
    FROM pending_deliveries AS waits
    JOIN silent USING (account_sid, host)
    WHERE due_at < now() - interval '24 hours' AND created_at < now() - interval '24 hours'
        AND (claimed_until IS NULL OR claimed_until <= now())
        -- What waits for an earlier one has not had its chance yet.
        AND NOT EXISTS (
            SELECT FROM pending_deliveries AS earlier
            WHERE earlier.account_sid = waits.account_sid AND earlier.recording_sid = waits.recording_sid
                AND earlier.event_version < waits.event_version
        )
    LIMIT $1 FOR UPDATE OF waits SKIP LOCKED
)
UPDATE pending_deliveries AS claimed SET claimed_by = 0
FROM waiting
LEFT JOIN accounts ON accounts.sid = waiting.account_sid
WHERE claimed.account_sid = waiting.account_sid AND claimed.recording_sid = waiting.recording_sid
    AND claimed.event_version = waiting.event_version AND claimed.sid = waiting.sid
RETURNING claimed.account_sid, claimed.recording_sid, claimed.event_version, claimed.sid, claimed.host,
    claimed.is_fallback, claimed.attempt, claimed.claimed_by, accounts.callback_fallback_url
