SELECT account_sid, sid, extract(epoch FROM now() - stopped_at)::double precision AS age
FROM recordings
WHERE live_status = 'stopped'
ORDER BY sid
