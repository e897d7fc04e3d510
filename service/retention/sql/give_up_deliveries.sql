-- Due for a day without getting their turn: their host answers nothing, and only probes go out to it.
WITH given_up AS (
    DELETE FROM pending_deliveries
    WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM pending_deliveries AS waits
        WHERE due_at < now() - interval '24 hours' AND created_at < now() - interval '24 hours'
            AND (claimed_until IS NULL OR claimed_until <= now())
            -- What waits for an earlier one has not had its chance yet.
            AND NOT EXISTS (
                SELECT FROM pending_deliveries AS earlier
                WHERE earlier.account_sid = waits.account_sid AND earlier.recording_sid = waits.recording_sid
                    AND earlier.event_version < waits.event_version
            )
        LIMIT $1 FOR UPDATE SKIP LOCKED
    ))
    RETURNING *
)
INSERT INTO settled_deliveries (
    account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, is_fallback, created_at, attempt, attempts, status
)
SELECT
    account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, is_fallback, created_at, attempt,
    attempts || jsonb_build_object(
        'attempted_at', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), 'duration_ms', 0,
        'http_status', NULL, 'error_code', 11205, 'error', 'given up: its host answered nothing for 24 hours'
    ),
    'failed'
FROM given_up
