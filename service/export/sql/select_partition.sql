SELECT position, recording_sid, version, type, schema, data, call_sid, conference_sid, actor_sid, actor_role, request_id,
    causation_id, correlation_id, occurred_at, recorded_at, previous_hash, hash, canonical
FROM :partition
WHERE account_sid = $1 AND position > $2
ORDER BY position
LIMIT $3
