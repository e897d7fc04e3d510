-- What is archived is not in the log any more: the two change in one transaction.
SELECT archives.account_sid, archives.partition, archives.number, archives.key, kept.position
FROM archives
CROSS JOIN LATERAL (
    SELECT min(position) AS position
    FROM events
    WHERE events.account_sid = archives.account_sid
        AND events.recording_sid >= archives.first_sid AND events.recording_sid < archives.end_sid
) AS kept
WHERE kept.position IS NOT NULL
