SELECT *
FROM deliveries
WHERE account_sid = $1 AND recording_sid = $2 AND (event_version, sid) > ($3::integer, $4::text)
ORDER BY event_version, sid
LIMIT $5
