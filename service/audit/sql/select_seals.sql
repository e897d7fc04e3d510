SELECT n, sealed_at, previous_hash, accounts, root, key_id, statement, signature, hash
FROM seals
WHERE n <= $1
ORDER BY n DESC
LIMIT $2
