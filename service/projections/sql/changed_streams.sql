WITH changed AS MATERIALIZED (
    SELECT DISTINCT account_sid, events.recording_sid
    FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS taken (account_sid, after, upto)
    JOIN events USING (account_sid)
    WHERE events.position > taken.after AND events.position <= taken.upto AND events.recording_sid LIKE 'RE%'
), appended AS (
    SELECT events.* FROM changed JOIN events USING (account_sid, recording_sid)
)
