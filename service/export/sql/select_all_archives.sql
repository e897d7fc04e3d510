SELECT account_sid, partition, number, first_sid, end_sid, place, key, sha256, events, first_position, last_position
FROM archives
ORDER BY account_sid, partition, number
