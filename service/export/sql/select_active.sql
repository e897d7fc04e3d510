-- The log of a deleted recording may go on until it is purged: its row is there until then, and the key of its callback URL.
SELECT sid, live_status, deleted_at + interval '40 days 1 hour' AS purged_at,
    held IS TRUE OR EXISTS (
        SELECT FROM account_policies AS policies
        WHERE policies.account_sid = recordings.account_sid AND policies.held_at IS NOT NULL
    ) AS is_held
FROM recordings
WHERE sid >= $1 AND sid < $2 AND (live_status <> 'absent' OR held)
UNION ALL
SELECT recording_sid, 'deleted', NULL, false
FROM stream_keys AS keys
WHERE recording_sid >= $1 AND recording_sid < $2
    AND NOT EXISTS (
        SELECT FROM recordings WHERE recordings.account_sid = keys.account_sid AND recordings.sid = keys.recording_sid
    )
-- Whose end is the farthest, or is not known at all.
ORDER BY is_held DESC, purged_at DESC NULLS FIRST
LIMIT 1
