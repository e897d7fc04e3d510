UPDATE transcription_jobs
SET next_attempt_at = now() + make_interval(secs => $4)
FROM recordings
WHERE transcription_jobs.account_sid = $1 AND transcription_jobs.recording_sid = $2
    AND transcription_jobs.claim_id = $3
    AND recordings.account_sid = transcription_jobs.account_sid AND recordings.sid = transcription_jobs.recording_sid
    AND recordings.deleted_at IS NULL
RETURNING transcription_jobs.recording_sid
