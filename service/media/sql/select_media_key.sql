SELECT key_id, wrapped
FROM media_keys
WHERE account_sid = $1 AND recording_sid = $2
