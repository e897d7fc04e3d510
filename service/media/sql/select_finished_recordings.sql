SELECT sid
FROM recordings
WHERE sid = ANY ($1::text[]) AND live_status IN ('completed', 'absent', 'deleted')
