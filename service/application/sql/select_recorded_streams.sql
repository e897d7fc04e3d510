SELECT account_sid, sid, status, first_call_sid, known_by, stream_position, stream_seen_at, stream_sid, stream_offset,
    home, date_created, date_updated
FROM conversations
WHERE (home = $1 OR $2 AND (home IS NULL OR split_part(home, '/', 1) = split_part($1, '/', 1) AND home <> ALL ($3)))
    AND (stream_seen_at IS NOT NULL OR (stream_position IS NOT NULL AND EXISTS (
        SELECT FROM recordings
        WHERE recordings.account_sid = conversations.account_sid
            AND coalesce(recordings.conference_sid, recordings.call_sid) = conversations.sid
            AND recordings.live_status IN ('in-progress', 'paused')
    )))
