UPDATE media_copies AS copies SET
    claim_id = gen_random_uuid(),
    due_at = now() + make_interval(secs => $3),
    attempts = copies.attempts + 1
FROM (
    SELECT account_sid, recording_sid, store_url
    FROM media_copies
    WHERE due_at <= now() AND (store_url = $1 OR store_url NOT LIKE 'folder:%')
        AND ($4::text IS NULL OR account_sid = $4 AND recording_sid = $5)
    ORDER BY due_at
    LIMIT $2
    FOR UPDATE SKIP LOCKED
) AS due
WHERE copies.account_sid = due.account_sid AND copies.recording_sid = due.recording_sid
    AND copies.store_url = due.store_url
RETURNING copies.account_sid, copies.recording_sid, copies.store_url, copies.claim_id, copies.attempts
