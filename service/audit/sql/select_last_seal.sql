SELECT n, hash, key_id, extract(epoch FROM clock_timestamp() - sealed_at)::float AS age
FROM seals
ORDER BY n DESC
LIMIT 1
