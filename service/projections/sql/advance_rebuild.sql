UPDATE rebuilds
SET account_sid = coalesce($2, account_sid), recording_sid = coalesce($3, recording_sid), events = events + $4,
    folded = $2 IS NULL
WHERE projection = $1
RETURNING *
