UPDATE transcription_jobs
SET claim_id = NULL, attempts = $4, next_attempt_at = now() + make_interval(secs => $5)
WHERE account_sid = $1 AND recording_sid = $2 AND claim_id = $3
