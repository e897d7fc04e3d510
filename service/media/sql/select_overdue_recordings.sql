SELECT account_sid, sid
FROM recordings
WHERE live_status = 'stopped' AND stopped_at <= now() - make_interval(secs => $1) AND sid <> ALL ($2::text[])
ORDER BY stopped_at
LIMIT $3
