SELECT account_sid, secret_sha256, role
FROM api_keys
WHERE sid = $1 AND revoked_at IS NULL
