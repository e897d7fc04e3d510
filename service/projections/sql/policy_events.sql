WITH ruled AS (
    SELECT * FROM events WHERE recording_sid = account_sid
)
