SELECT position, account_sid, recording_sid, call_sid, conference_sid, version, type, data, occurred_at, recorded_at,
    actor_sid, actor_role, request_id, causation_id, correlation_id, previous_hash, hash
FROM events
WHERE account_sid = $1 AND recording_sid = $2 AND version > $3
ORDER BY version
LIMIT $4
