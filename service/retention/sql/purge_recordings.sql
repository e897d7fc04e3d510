-- With the row goes the key that its callback URL is sealed with: never one without the other.
WITH purged AS (
    DELETE FROM recordings
    WHERE (account_sid, sid) IN (
        SELECT account_sid, sid
        FROM recordings
        WHERE deleted_at < now() - interval '40 days 1 hour' AND held IS NOT TRUE
            AND NOT EXISTS (
                SELECT FROM account_policies AS policies
                WHERE policies.account_sid = recordings.account_sid AND policies.held_at IS NOT NULL
            )
        LIMIT $1
        FOR UPDATE OF recordings SKIP LOCKED
    )
    RETURNING account_sid, sid
), forgotten AS (
    DELETE FROM stream_keys
    USING purged
    WHERE stream_keys.account_sid = purged.account_sid AND stream_keys.recording_sid = purged.sid
)
SELECT count(*) FROM purged
