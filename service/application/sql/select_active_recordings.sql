-- A recording of a conference names the call that opened it, and does not end with that call.
SELECT sid
FROM recordings
WHERE account_sid = $1 AND (call_sid = $2 OR conference_sid = $2) AND coalesce(conference_sid, call_sid) = $2
    AND live_status IN ('in-progress', 'paused')
ORDER BY sid
