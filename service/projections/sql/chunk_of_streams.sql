WITH appended AS (
    SELECT * FROM events
    WHERE (account_sid, recording_sid) > ($1, $2) AND ($3::text IS NULL OR (account_sid, recording_sid) <= ($3, $4))
        AND recording_sid LIKE 'RE%'
)
