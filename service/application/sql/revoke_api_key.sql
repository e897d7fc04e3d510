UPDATE api_keys SET revoked_at = now()
WHERE sid = $1 AND revoked_at IS NULL
RETURNING sid
