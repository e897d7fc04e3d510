WITH appended AS (
    SELECT * FROM events WHERE recording_sid LIKE 'RE%'
)
