INSERT INTO seal_keys (key_id, public_key, first_n)
VALUES ($1, $2, $3)
ON CONFLICT (key_id) DO NOTHING
