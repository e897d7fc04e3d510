SELECT account_sid, partition, number, place, key, sha256, first_position, last_position
FROM archives
WHERE account_sid = $1 AND last_position > $2 AND first_position < $3
    AND ($4::text IS NULL OR (first_sid <= $4 AND end_sid > $4))
