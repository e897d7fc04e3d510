INSERT INTO pending_deliveries (
    account_sid, sid, recording_sid, event_version, event, occurred_at, url, method, parameters, host,
    idempotency_token, due_at
)
SELECT
    appended.account_sid, planned.sid, appended.recording_sid, appended.version, planned.event, appended.occurred_at,
    planned.url, planned.method, planned.parameters, planned.host, planned.idempotency_token,
    -- It cannot go before what is owed of earlier events: were it due before them, each claim would step over it.
    greatest(now(), CASE WHEN appended.version > 1 THEN (
        SELECT max(earlier.due_at) FROM pending_deliveries AS earlier
        WHERE earlier.account_sid = appended.account_sid AND earlier.recording_sid = appended.recording_sid
    ) END)
FROM jsonb_to_recordset(:deliveries::text::jsonb) AS planned (
    recording_sid text, version integer, type text, sid text, event text, url text, method text, parameters text,
    host text, idempotency_token uuid
)
-- The type tells an append that lost its race apart from the one of the same group that won this version.
JOIN appended USING (recording_sid, version, type)
