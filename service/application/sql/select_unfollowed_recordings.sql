SELECT recordings.account_sid, recordings.sid
FROM unnest($1::text[], $2::text[]) AS heard (account_sid, sid)
JOIN recordings ON recordings.account_sid = heard.account_sid
    AND (recordings.call_sid = heard.sid OR recordings.conference_sid = heard.sid)
    AND coalesce(recordings.conference_sid, recordings.call_sid) = heard.sid
WHERE recordings.live_status IN ('in-progress', 'paused') AND recordings.sid <> ALL ($3::text[])
