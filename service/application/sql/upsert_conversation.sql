INSERT INTO conversations AS known (
    account_sid, sid, status, first_call_sid, known_by, stream_seen_at, date_created, date_updated
)
-- What only a stream speaks of is over with it, also when the stream gets no further than this.
VALUES ($1, $2, $3, $4, $5, CASE WHEN $5 = 'stream' THEN now() END, $6, $6)
ON CONFLICT (account_sid, sid) DO UPDATE SET
    status = excluded.status,
    known_by = CASE WHEN excluded.known_by = 'switch' THEN 'switch' ELSE known.known_by END,
    first_call_sid = coalesce(known.first_call_sid, excluded.first_call_sid),
    date_updated = CASE WHEN known.status = excluded.status THEN known.date_updated ELSE excluded.date_updated END
    WHERE known.status = excluded.status
        OR known.status NOT IN ('completed', 'busy', 'failed', 'no-answer', 'canceled')
RETURNING account_sid, sid, status, first_call_sid, known_by, stream_position, stream_seen_at, stream_sid, stream_offset,
    home, date_created, date_updated, xmax = 0 AS created
