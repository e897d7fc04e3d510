UPDATE conversations SET
    stream_position = coalesce(seen.stream_position, conversations.stream_position),
    stream_sid = seen.stream_sid,
    stream_offset = seen.stream_offset,
    stream_seen_at = now()
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::bigint[])
    AS seen (account_sid, sid, stream_position, stream_sid, stream_offset)
WHERE conversations.account_sid = seen.account_sid AND conversations.sid = seen.sid
    AND ($6 OR conversations.stream_seen_at IS NOT NULL)
