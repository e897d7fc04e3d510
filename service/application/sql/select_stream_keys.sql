SELECT recording_sid, key
FROM stream_keys
WHERE account_sid = $1 AND recording_sid = ANY($2::text[])
