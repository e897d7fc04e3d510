SELECT *
FROM links
WHERE account_sid = $1 AND recording_sid = $2 AND sid = $3
