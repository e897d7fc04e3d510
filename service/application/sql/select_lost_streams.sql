SELECT account_sid, sid, status, first_call_sid, known_by, stream_position, stream_seen_at, stream_sid, stream_offset,
    home, date_created, date_updated
FROM conversations
WHERE stream_seen_at < now() - make_interval(secs => $1)
