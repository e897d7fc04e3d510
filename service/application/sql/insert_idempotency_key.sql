INSERT INTO idempotency_keys (account_sid, key, request_sha256, recording_sid, version)
VALUES ($1, $2, $3, $4, $5)
