DELETE FROM recordings
WHERE deleted_at < now() - interval '40 days'
