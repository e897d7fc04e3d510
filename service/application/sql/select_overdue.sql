SELECT DISTINCT conversations.account_sid, conversations.sid
FROM recordings
JOIN conversations ON conversations.account_sid = recordings.account_sid
    AND conversations.sid = coalesce(recordings.conference_sid, recordings.call_sid)
WHERE recordings.live_status IN ('in-progress', 'paused')
    AND conversations.status IN ('completed', 'busy', 'failed', 'no-answer', 'canceled')
