WITH result AS (
    SELECT *
    FROM unnest(
        $1::text[], $2::text[], $3::integer[], $4::text[], $5::integer[], $6::text[], $7::double precision[],
        $8::text[], $9::text[], $10::text[], $11::text[], $12::integer[]
    ) AS result (
        account_sid, recording_sid, event_version, sid, attempt, status, delay, made, fallback_sid, fallback_url,
        fallback_host, claimed_by
    )
), ended AS (
    -- A claim that was taken over has another number or holder by now, and moves nothing. Both are looked at: what was
    -- put back by hand keeps its number, and a result may be written again when the first answer was lost.
    DELETE FROM pending_deliveries AS pending USING result
    WHERE pending.account_sid = result.account_sid AND pending.recording_sid = result.recording_sid
        AND pending.event_version = result.event_version AND pending.sid = result.sid
        AND pending.attempt = result.attempt AND pending.claimed_by = result.claimed_by AND result.status <> 'pending'
    RETURNING pending.*, result.status, result.made, result.fallback_sid, result.fallback_url, result.fallback_host
), settled AS (
    INSERT INTO settled_deliveries AS former (
        account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
        idempotency_token, is_fallback, created_at, attempt, attempts, status
    )
    SELECT
        account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
        idempotency_token, is_fallback, created_at, attempt, attempts || made::jsonb, status
    FROM ended
    -- A fallback may have been settled while its original failed once more.
    ON CONFLICT (account_sid, recording_sid, event_version, sid) DO UPDATE SET
        attempt = excluded.attempt, attempts = former.attempts || excluded.attempts, status = excluded.status,
        settled_at = now()
), fallen_back AS (
    INSERT INTO pending_deliveries (
        account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
        idempotency_token, is_fallback
    )
    SELECT
        account_sid, recording_sid, event_version, fallback_sid, event, occurred_at, fallback_url, method, parameters,
        fallback_host, idempotency_token, true
    FROM ended
    WHERE fallback_sid IS NOT NULL AND NOT EXISTS (
        SELECT FROM settled_deliveries AS before
        WHERE before.account_sid = ended.account_sid AND before.recording_sid = ended.recording_sid
            AND before.event_version = ended.event_version AND before.sid = ended.fallback_sid
    )
    ON CONFLICT DO NOTHING
), put_off AS (
    UPDATE pending_deliveries AS pending
    SET due_at = now() + make_interval(secs => result.delay), claimed_by = NULL, claimed_until = NULL,
        attempts = pending.attempts || result.made::jsonb
    FROM result
    WHERE pending.account_sid = result.account_sid AND pending.recording_sid = result.recording_sid
        AND pending.event_version = result.event_version AND pending.sid = result.sid
        AND pending.attempt = result.attempt AND pending.claimed_by = result.claimed_by AND result.status = 'pending'
    RETURNING pending.account_sid, pending.recording_sid, pending.event_version, pending.sid, pending.attempt,
        pending.due_at
), held_back AS (
    -- What waits for one of these is due no earlier: were it, each claim would step over it.
    UPDATE pending_deliveries AS later SET due_at = put_off.due_at
    FROM put_off
    WHERE later.account_sid = put_off.account_sid AND later.recording_sid = put_off.recording_sid
        AND later.event_version > put_off.event_version AND later.due_at < put_off.due_at
)
SELECT account_sid, sid, attempt FROM ended
UNION ALL
SELECT account_sid, sid, attempt FROM put_off
