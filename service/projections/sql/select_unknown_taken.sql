-- OFFSET 0 keeps an account's events a step of their own: few are read, whatever the planner makes of LIMIT.
SELECT taken.account_sid, one.position, one.type, one.schema
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS taken (account_sid, after, upto)
CROSS JOIN LATERAL (
    SELECT position, type, schema
    FROM events
    WHERE account_sid = taken.account_sid AND position > taken.after AND position <= taken.upto
        AND recording_sid LIKE 'RE%'
    OFFSET 0
) AS one
LEFT JOIN unnest($4::text[], $5::integer[]) AS known (type, schema)
    ON known.type = one.type AND one.schema <= known.schema
WHERE known.type IS NULL
ORDER BY taken.account_sid, one.position
LIMIT 1
