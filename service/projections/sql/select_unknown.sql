SELECT events.account_sid, events.position, events.type, events.schema
FROM events
LEFT JOIN unnest($1::text[], $2::integer[]) AS known (type, schema)
    ON known.type = events.type AND events.schema <= known.schema
WHERE known.type IS NULL AND events.recording_sid LIKE $3
ORDER BY events.account_sid, events.position
LIMIT 1
