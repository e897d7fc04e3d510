WITH due AS (
    SELECT account_sid, recording_sid
    FROM transcription_jobs
    WHERE folder = $1 AND next_attempt_at <= now()
    ORDER BY next_attempt_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE transcription_jobs AS claimed
SET claim_id = gen_random_uuid(), attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => $2)
FROM due
WHERE claimed.account_sid = due.account_sid AND claimed.recording_sid = due.recording_sid
RETURNING claimed.account_sid, claimed.recording_sid, claimed.attempts, claimed.claim_id
