SELECT account_sid, NULL AS recording_sid
FROM account_policies
WHERE held_at IS NOT NULL AND ($1::text IS NULL OR account_sid = $1)
UNION ALL
SELECT account_sid, sid
FROM recordings
WHERE held AND ($1::text IS NULL OR account_sid = $1)
ORDER BY account_sid, recording_sid NULLS FIRST
