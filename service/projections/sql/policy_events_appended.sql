-- The stream as it was, and what this append adds to it: it would not, had anything else been added meanwhile.
WITH ruled AS (
    SELECT
        appended.account_sid, appended.recording_sid, appended.version, appended.type, appended.data,
        appended.occurred_at
    FROM appended
    WHERE appended.recording_sid = appended.account_sid AND :account_policies::text IS NOT NULL
    UNION ALL
    SELECT known.account_sid, known.recording_sid, known.version, known.type, known.data, known.occurred_at
    FROM (SELECT DISTINCT account_sid FROM appended WHERE recording_sid = account_sid) AS changed
    JOIN events AS known ON known.account_sid = changed.account_sid AND known.recording_sid = changed.account_sid
)
