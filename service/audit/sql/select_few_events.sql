WITH found AS MATERIALIZED (
    SELECT position, account_sid, recording_sid, call_sid, conference_sid, version, type, schema, data, occurred_at,
        recorded_at, actor_sid, actor_role, request_id, causation_id, correlation_id, canonical, previous_hash, hash
    FROM events
    WHERE account_sid = $1:conditions
)
SELECT *
FROM found
WHERE position > $2 AND position < $3
ORDER BY position:order
LIMIT $4
