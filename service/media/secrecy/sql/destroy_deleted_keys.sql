DELETE FROM media_keys
USING jsonb_to_recordset(:destroyed_keys::text::jsonb) AS planned (recording_sid text, version integer, type text)
-- The type tells an append that lost its race apart from the one of the same group that won this version.
JOIN appended USING (recording_sid, version, type)
WHERE media_keys.account_sid = appended.account_sid AND media_keys.recording_sid = appended.recording_sid
