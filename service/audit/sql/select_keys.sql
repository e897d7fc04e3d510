SELECT key_id, public_key, first_n
FROM seal_keys
ORDER BY first_n DESC, key_id
