INSERT INTO seals (n, sealed_at, previous_hash, accounts, root, key_id, statement, signature, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
