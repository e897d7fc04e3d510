INSERT INTO media_keys AS kept (account_sid, recording_sid, key_id, wrapped)
VALUES ($1, $2, $3, $4)
-- Files that an attempt published before it died may be sealed with the key that is there.
ON CONFLICT (account_sid, recording_sid) DO UPDATE SET date_created = kept.date_created
RETURNING key_id, wrapped
