-- What is settled is owed again, as it was; what is still owed is due now, unless it is on its way.
WITH settled AS (
    DELETE FROM settled_deliveries
    WHERE account_sid = $1 AND sid = $2
        AND recording_sid BETWEEN 'RE' || substr($2, 3, 12) || repeat('0', 20)
            AND 'RE' || substr($2, 3, 12) || repeat('f', 20)
    RETURNING *
), put_back AS (
    INSERT INTO pending_deliveries (
        account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
        idempotency_token, is_fallback, created_at, attempt, restarted_at, attempts
    )
    SELECT
        account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
        idempotency_token, is_fallback, created_at, attempt, jsonb_array_length(attempts), attempts
    FROM settled
    ON CONFLICT DO NOTHING
)
UPDATE pending_deliveries AS owed SET due_at = now()
FROM pending_deliveries AS asked
WHERE asked.account_sid = $1 AND asked.sid = $2
    AND asked.recording_sid BETWEEN 'RE' || substr($2, 3, 12) || repeat('0', 20)
        AND 'RE' || substr($2, 3, 12) || repeat('f', 20)
    AND owed.account_sid = asked.account_sid AND owed.recording_sid = asked.recording_sid
    -- What only waited for it goes right behind it.
    AND (owed.sid = asked.sid OR owed.event_version > asked.event_version AND owed.attempts = '[]')
    AND owed.due_at > now() AND (owed.claimed_until IS NULL OR owed.claimed_until <= now())
