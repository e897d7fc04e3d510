INSERT INTO media_copies (account_sid, recording_sid, store_url, media_url, due_at)
SELECT $1, $2, copies.store_url, copies.media_url, now()
FROM (
    SELECT $3::text AS store_url, '' AS media_url
    UNION
    SELECT store_url, media_url FROM media_copies WHERE account_sid = $1 AND recording_sid = $2
) AS copies
WHERE copies.media_url IS DISTINCT FROM $4::text
ON CONFLICT (account_sid, recording_sid, store_url) DO UPDATE SET due_at = now(), claim_id = NULL, attempts = 0
