SELECT account_sid, recording_sid, version, position, type, schema, data, call_sid, conference_sid, actor_sid,
    actor_role, request_id, causation_id, correlation_id, occurred_at, recorded_at, canonical, previous_hash, hash
FROM events
WHERE account_sid = $1 AND recording_sid = $2
ORDER BY version
