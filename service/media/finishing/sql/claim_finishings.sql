UPDATE finishings SET
    claim_id = gen_random_uuid(),
    due_at = now() + make_interval(secs => $3),
    attempts = finishings.attempts + 1
FROM (
    SELECT account_sid, recording_sid, claim_id IS NOT NULL AS was_lost
    FROM finishings
    WHERE folder = $1 AND due_at <= now()
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) AS due
LEFT JOIN recordings ON recordings.account_sid = due.account_sid AND recordings.sid = due.recording_sid
WHERE finishings.account_sid = due.account_sid AND finishings.recording_sid = due.recording_sid
RETURNING finishings.account_sid, finishings.recording_sid, finishings.claim_id, finishings.attempts, finishings.unreadable,
    due.was_lost,
    finishings.is_captured OR coalesce(recordings.stopped_at <= now() - make_interval(secs => $4), false) AS is_all
