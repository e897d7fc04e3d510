DELETE FROM transcriptions
USING recordings
WHERE recordings.account_sid = transcriptions.account_sid AND recordings.sid = transcriptions.recording_sid
    AND recordings.account_sid = ANY ($1::text[]) AND recordings.deleted_at IS NOT NULL AND recordings.held IS NOT TRUE
    AND NOT EXISTS (
        SELECT FROM account_policies AS policies
        WHERE policies.account_sid = recordings.account_sid AND policies.held_at IS NOT NULL
    )
