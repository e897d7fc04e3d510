INSERT INTO api_keys (sid, account_sid, secret_sha256, role)
VALUES ($1, $2, $3, $4)
RETURNING sid, account_sid, role, date_created
