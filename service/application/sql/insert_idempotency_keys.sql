INSERT INTO idempotency_keys (account_sid, key, request_sha256, recording_sid, version)
SELECT appended.account_sid, named.key, decode(named.request_sha256, 'hex'), appended.recording_sid, appended.version
FROM jsonb_to_recordset(:idempotency_keys::text::jsonb) AS named (key text, request_sha256 text, recording_sid text)
JOIN appended ON appended.recording_sid = named.recording_sid
