INSERT INTO archives (
    partition, first_sid, end_sid, place, account_sid, number, key, events, first_position, last_position, sha256
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
