DELETE FROM transcription_jobs
WHERE account_sid = $1 AND recording_sid = $2 AND claim_id = $3
RETURNING recording_sid
