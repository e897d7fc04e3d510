DELETE FROM transcriptions
USING recordings
WHERE transcriptions.account_sid = $1 AND transcriptions.sid = $2
    AND ($3::text IS NULL OR transcriptions.recording_sid = $3)
    AND recordings.account_sid = transcriptions.account_sid AND recordings.sid = transcriptions.recording_sid
    AND recordings.deleted_at IS NULL
RETURNING transcriptions.sid
