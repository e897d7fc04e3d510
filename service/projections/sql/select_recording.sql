SELECT *
FROM recordings
WHERE account_sid = $1 AND sid = $2
    AND (deleted_at IS NULL OR deleted_at > now() - interval '40 days')
