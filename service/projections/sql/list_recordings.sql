SELECT *
FROM recordings
WHERE account_sid = $1
    AND ($2::text IS NULL OR call_sid = $2)
    AND ($3::text IS NULL OR conference_sid = $3)
    AND ($4::timestamptz IS NULL OR date_created >= $4)
    AND ($5::timestamptz IS NULL OR date_created <= $5)
    AND (deleted_at IS NULL OR ($6 AND deleted_at > now() - interval '40 days'))
    AND ($7::text IS NULL OR sid < $7)
ORDER BY sid DESC
LIMIT $8
