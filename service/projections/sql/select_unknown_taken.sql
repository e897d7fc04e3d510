SELECT events.account_sid, events.position, events.type, events.schema
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS taken (account_sid, after, upto)
JOIN events ON events.account_sid = taken.account_sid AND events.position > taken.after AND events.position <= taken.upto
LEFT JOIN unnest($4::text[], $5::integer[]) AS known (type, schema)
    ON known.type = events.type AND events.schema <= known.schema
WHERE known.type IS NULL AND events.recording_sid LIKE 'RE%'
ORDER BY events.account_sid, events.position
LIMIT 1
