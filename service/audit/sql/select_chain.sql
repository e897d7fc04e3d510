SELECT position, version, type, schema, data::text AS data, account_sid, recording_sid, call_sid, conference_sid, actor_sid,
    actor_role, request_id, causation_id, correlation_id, canonical, previous_hash, hash,
    to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS occurred_at,
    to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS recorded_at
FROM events
WHERE account_sid = $1 AND position > $2
ORDER BY position
