DELETE FROM transcriptions
USING recordings
WHERE transcriptions.account_sid = $1 AND transcriptions.sid = $2
    AND ($3::text IS NULL OR transcriptions.recording_sid = $3)
    AND recordings.account_sid = transcriptions.account_sid AND recordings.sid = transcriptions.recording_sid
    AND recordings.deleted_at IS NULL AND recordings.held IS NOT TRUE
    AND NOT EXISTS (
        SELECT FROM account_policies AS policies
        WHERE policies.account_sid = transcriptions.account_sid AND policies.held_at IS NOT NULL
    )
RETURNING transcriptions.sid
