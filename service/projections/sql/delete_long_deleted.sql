DELETE FROM rebuilt
WHERE deleted_at < now() - interval '40 days'
