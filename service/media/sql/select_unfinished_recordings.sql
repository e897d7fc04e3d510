SELECT sid
FROM recordings
WHERE live_status IN ('in-progress', 'paused', 'stopped')
