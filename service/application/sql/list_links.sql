SELECT *
FROM links
WHERE account_sid = $1 AND recording_sid = $2 AND ($3::text IS NULL OR sid < $3)
ORDER BY sid DESC
LIMIT $4
