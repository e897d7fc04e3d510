SELECT account_sid, sid
FROM recordings
WHERE live_status = 'stopped' AND stopped_at <= now() - make_interval(secs => $1)
ORDER BY stopped_at
LIMIT 10000
