DELETE FROM stream_keys
USING recordings
WHERE recordings.account_sid = stream_keys.account_sid AND recordings.sid = stream_keys.recording_sid
    AND recordings.deleted_at < now() - interval '40 days'
