SELECT sid
FROM recordings
WHERE sid >= $1 AND sid < $2 AND (live_status NOT IN ('deleted', 'absent') OR held)
LIMIT 1
