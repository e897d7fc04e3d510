-- Those that fail again meanwhile are settled after it began ($6), and not taken twice.
WITH batch AS (
    SELECT account_sid, recording_sid, event_version, sid
    FROM settled_deliveries
    WHERE account_sid = $1 AND status <> 'delivered' AND status = $2 AND ($3::text IS NULL OR event = $3)
        AND occurred_at >= $4::timestamptz AND occurred_at <= $5::timestamptz
        AND settled_at < $6::timestamptz
    ORDER BY occurred_at LIMIT $7 FOR UPDATE SKIP LOCKED
), settled AS (
    DELETE FROM settled_deliveries AS former USING batch
    WHERE former.account_sid = batch.account_sid AND former.recording_sid = batch.recording_sid
        AND former.event_version = batch.event_version AND former.sid = batch.sid
    RETURNING former.*
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
-- The next batch looks from here on: not over all that was taken before.
SELECT count(*) AS redelivered, max(occurred_at) AS reached FROM settled
