UPDATE links
SET date_revoked = coalesce(date_revoked, $4)
WHERE account_sid = $1 AND recording_sid = $2 AND sid = $3
RETURNING sid
