UPDATE finishings SET
    claim_id = NULL,
    due_at = now() + make_interval(secs => $4),
    attempts = greatest(0, attempts - $5),
    unreadable = unreadable + $6
WHERE account_sid = $1 AND recording_sid = $2 AND claim_id = $3
