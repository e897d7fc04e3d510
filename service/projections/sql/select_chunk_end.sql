SELECT account_sid, recording_sid
FROM events
WHERE (account_sid, recording_sid) > ($1, $2)
ORDER BY account_sid, recording_sid
OFFSET $3 LIMIT 1
