WITH changed AS MATERIALIZED (
    SELECT DISTINCT taken.account_sid, one.recording_sid
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS taken (account_sid, after, upto)
    CROSS JOIN LATERAL (
        SELECT recording_sid
        FROM events
        WHERE account_sid = taken.account_sid AND position > taken.after AND position <= taken.upto
            AND recording_sid LIKE 'RE%'
        OFFSET 0
    ) AS one
), appended AS (
    SELECT stream.*
    FROM changed
    CROSS JOIN LATERAL (
        SELECT * FROM events
        WHERE account_sid = changed.account_sid AND recording_sid = changed.recording_sid
        OFFSET 0
    ) AS stream
)
