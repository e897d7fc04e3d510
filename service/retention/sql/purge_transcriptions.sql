DELETE FROM transcriptions
USING recordings
WHERE recordings.account_sid = transcriptions.account_sid AND recordings.sid = transcriptions.recording_sid
    AND recordings.deleted_at IS NOT NULL
