INSERT INTO media_copies (account_sid, recording_sid, store_url, media_url)
VALUES ($1, $2, $3, $4)
ON CONFLICT (account_sid, recording_sid, store_url) DO UPDATE SET due_at = NULL, claim_id = NULL
