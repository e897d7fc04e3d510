SELECT key_id
FROM seal_keys
WHERE NOT EXISTS (SELECT FROM seals WHERE seals.key_id = seal_keys.key_id AND seals.n = seal_keys.first_n)
ORDER BY key_id
