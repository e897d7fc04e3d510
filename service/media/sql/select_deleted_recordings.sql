SELECT account_sid, sid
FROM recordings
WHERE deleted_at IS NOT NULL
