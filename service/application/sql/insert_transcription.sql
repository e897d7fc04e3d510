INSERT INTO transcriptions (
    account_sid, sid, recording_sid, status, type, transcription_text, duration, date_created, date_updated
)
SELECT account_sid, $2, sid, $4, $5, $6, duration, $7, $7
FROM recordings
WHERE account_sid = $1 AND sid = $3 AND deleted_at IS NULL
