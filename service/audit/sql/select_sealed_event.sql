SELECT account_sid, recording_sid, version, position, recorded_at, previous_hash, hash
FROM events
WHERE account_sid = $1 AND recording_sid = $2 AND version = $3
