SELECT position, recorded_at, canonical, previous_hash, hash,
    canonical::jsonb = jsonb_build_object(
        'account_sid', account_sid, 'recording_sid', recording_sid, 'version', version, 'type', type,
        'schema', schema, 'data', data, 'call_sid', call_sid, 'conference_sid', conference_sid,
        'actor', jsonb_build_object('sid', actor_sid, 'role', actor_role), 'request_id', request_id,
        'causation_id', causation_id, 'correlation_id', correlation_id,
        'occurred_at', to_char(occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ) AS columns_hold
FROM events
WHERE account_sid = $1
ORDER BY position
