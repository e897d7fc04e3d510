SELECT transcriptions.account_sid, transcriptions.sid, transcriptions.recording_sid, transcriptions.status,
    transcriptions.type, transcriptions.transcription_text,
    coalesce(transcriptions.duration, recordings.duration) AS duration, accounts.price_unit,
    transcriptions.date_created, transcriptions.date_updated
FROM transcriptions
JOIN recordings ON recordings.account_sid = transcriptions.account_sid AND recordings.sid = transcriptions.recording_sid
JOIN accounts ON accounts.sid = transcriptions.account_sid
WHERE transcriptions.account_sid = $1 AND ($2::text IS NULL OR transcriptions.recording_sid = $2)
    AND recordings.deleted_at IS NULL AND ($3::text IS NULL OR transcriptions.sid > $3)
ORDER BY transcriptions.sid
LIMIT $4
