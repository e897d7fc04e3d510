SELECT account_sid, partition, number, first_sid, end_sid, place, key, sha256
FROM archives
ORDER BY account_sid, first_sid, end_sid, number
