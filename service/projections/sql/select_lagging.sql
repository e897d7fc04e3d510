SELECT DISTINCT events.account_sid, events.recording_sid AS key
FROM unnest($2::text[]) AS chosen (account_sid)
JOIN account_heads AS heads USING (account_sid)
LEFT JOIN projection_checkpoints AS taken ON taken.account_sid = heads.account_sid AND taken.projection = $1
JOIN events ON events.account_sid = heads.account_sid
    AND events.position > coalesce(taken.position, 0) AND events.recording_sid LIKE 'RE%'
