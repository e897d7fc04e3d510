INSERT INTO links (
    account_sid, sid, recording_sid, format, channels, secret, actor_sid, actor_role, request_id, date_created,
    date_expires
)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11
WHERE $12 > (
    SELECT count(*)
    FROM links
    WHERE account_sid = $1 AND recording_sid = $3 AND date_revoked IS NULL AND date_expires > $10
)
RETURNING *
