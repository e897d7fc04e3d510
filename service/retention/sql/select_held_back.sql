-- Deleted recordings that would be purged but for a hold, whose log does not say so of this hold yet. An archived log is
-- not added to.
SELECT recordings.account_sid, recordings.sid
FROM recordings
LEFT JOIN account_policies AS policies ON policies.account_sid = recordings.account_sid
CROSS JOIN LATERAL (
    SELECT recording_sid, max(version) AS version
    FROM events
    WHERE events.account_sid = recordings.account_sid
        AND recording_sid = CASE WHEN recordings.held THEN recordings.sid ELSE recordings.account_sid END
        AND type IN ('held', 'account-held')
    GROUP BY recording_sid
) AS hold
WHERE recordings.deleted_at < now() - interval '40 days 1 hour' AND (recordings.held OR policies.held_at IS NOT NULL)
    AND recordings.sid <> ALL ($2::text[]) AND NOT is_archived(recordings.account_sid, recordings.sid)
    AND NOT EXISTS (
        SELECT FROM events
        WHERE events.account_sid = recordings.account_sid AND events.recording_sid = recordings.sid
            AND events.type = 'refused' AND events.data ->> 'request' = 'purge'
            AND events.data ->> 'under' = CASE WHEN recordings.held THEN 'recording' ELSE 'account' END
            AND (events.data ->> 'hold')::integer = hold.version
    )
ORDER BY recordings.deleted_at
LIMIT $1
