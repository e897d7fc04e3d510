SELECT account_sid
FROM account_heads
WHERE account_sid IN (
    SELECT transcriptions.account_sid
    FROM transcriptions
    JOIN recordings ON recordings.account_sid = transcriptions.account_sid AND recordings.sid = transcriptions.recording_sid
    WHERE recordings.deleted_at IS NOT NULL
)
ORDER BY account_sid
FOR SHARE
