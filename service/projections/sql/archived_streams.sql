-- An event that is archived twice is not there twice.
WITH appended AS (
    SELECT DISTINCT ON (account_sid, recording_sid, version) * FROM archived_events WHERE recording_sid LIKE 'RE%'
)
