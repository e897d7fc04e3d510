UPDATE media_copies SET claim_id = NULL, due_at = now() + make_interval(secs => $5)
WHERE account_sid = $1 AND recording_sid = $2 AND store_url = $3 AND claim_id = $4
