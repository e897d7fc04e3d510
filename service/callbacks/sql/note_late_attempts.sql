-- The result of a lease that was lost is written down, wherever the delivery is by now, and moves nothing. One that is
-- written again, because the answer of the first time was lost, is there already.
WITH late AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[])
        AS late (account_sid, recording_sid, event_version, sid, made)
), noted AS (
    UPDATE settled_deliveries AS settled SET attempts = settled.attempts || late.made::jsonb
    FROM late
    WHERE settled.account_sid = late.account_sid AND settled.recording_sid = late.recording_sid
        AND settled.event_version = late.event_version AND settled.sid = late.sid
        AND NOT settled.attempts @> jsonb_build_array(late.made::jsonb)
)
UPDATE pending_deliveries AS pending SET attempts = pending.attempts || late.made::jsonb
FROM late
WHERE pending.account_sid = late.account_sid AND pending.recording_sid = late.recording_sid
    AND pending.event_version = late.event_version AND pending.sid = late.sid
    AND NOT pending.attempts @> jsonb_build_array(late.made::jsonb)
