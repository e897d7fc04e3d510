INSERT INTO stream_keys (account_sid, recording_sid, key)
SELECT appended.account_sid, appended.recording_sid, decode(made.key, 'hex')
FROM jsonb_to_recordset(:stream_keys::text::jsonb) AS made (recording_sid text, key text)
JOIN appended USING (recording_sid)
WHERE appended.version = 1
