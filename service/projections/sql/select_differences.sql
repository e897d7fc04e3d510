SELECT DISTINCT sid
FROM (
    (SELECT * FROM recordings WHERE NOT is_archived(account_sid, sid) EXCEPT SELECT * FROM rebuilt)
    UNION ALL
    (
        SELECT * FROM rebuilt WHERE deleted_at IS NULL OR deleted_at > now() - interval '40 days'
        EXCEPT TABLE recordings
    )
) AS differing
ORDER BY sid
