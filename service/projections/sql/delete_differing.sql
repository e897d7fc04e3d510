DELETE FROM recordings
WHERE (account_sid, sid) IN (
    SELECT account_sid, sid FROM (TABLE recordings EXCEPT TABLE rebuilt) AS differing
)
    AND NOT is_archived(account_sid, sid)
