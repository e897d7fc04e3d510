-- What was deleted more than 40 days ago may be purged at any moment: only what is held is still there for sure.
SELECT true
FROM recordings
WHERE account_sid = $1 AND sid = $2 AND (held OR deleted_at IS NULL OR deleted_at > now() - interval '40 days')
