UPDATE conversations SET stream_position = seen.stream_position, stream_seen_at = now()
FROM unnest($1::text[], $2::text[], $3::bigint[]) AS seen (account_sid, sid, stream_position)
WHERE conversations.account_sid = seen.account_sid AND conversations.sid = seen.sid
