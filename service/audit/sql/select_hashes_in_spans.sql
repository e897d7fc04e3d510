SELECT events.position, events.hash
FROM unnest($2::bigint[], $3::bigint[]) AS spans (first, past)
JOIN events ON events.position > spans.first AND events.position <= spans.past
WHERE events.account_sid = $1
