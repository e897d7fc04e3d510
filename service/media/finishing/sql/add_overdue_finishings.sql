INSERT INTO finishings (account_sid, recording_sid, folder)
SELECT recordings.account_sid, recordings.sid, coalesce(split_part(conversations.home, '/', 1), $1)
FROM recordings
LEFT JOIN conversations ON conversations.account_sid = recordings.account_sid
    AND conversations.sid = coalesce(recordings.conference_sid, recordings.call_sid)
WHERE recordings.live_status = 'stopped' AND recordings.stopped_at <= now() - make_interval(
        -- Another process is given time to write down the last of what it heard.
        secs => CASE WHEN coalesce(conversations.home, $4) = $4 THEN $2 ELSE greatest($2, 10) END
    )
    AND NOT EXISTS (
        SELECT FROM finishings
        WHERE finishings.account_sid = recordings.account_sid AND finishings.recording_sid = recordings.sid
    )
ORDER BY recordings.stopped_at
LIMIT $3
ON CONFLICT (account_sid, recording_sid) DO NOTHING
