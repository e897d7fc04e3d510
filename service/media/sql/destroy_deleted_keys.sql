DELETE FROM media_keys
USING recordings
WHERE recordings.account_sid = media_keys.account_sid AND recordings.sid = media_keys.recording_sid
    AND recordings.deleted_at IS NOT NULL
