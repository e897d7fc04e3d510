SELECT account_sid, sid, status, first_call_sid, known_by, stream_position, stream_seen_at, stream_sid, stream_offset,
    date_created, date_updated
FROM conversations
WHERE stream_seen_at IS NOT NULL
    OR (stream_position IS NOT NULL AND EXISTS (
        SELECT FROM recordings
        WHERE recordings.account_sid = conversations.account_sid
            AND coalesce(recordings.conference_sid, recordings.call_sid) = conversations.sid
            AND recordings.live_status IN ('in-progress', 'paused')
    ))
