UPDATE conversations SET stream_seen_at = NULL
WHERE account_sid = $1 AND sid = $2
