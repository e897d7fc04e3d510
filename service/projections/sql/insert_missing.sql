INSERT INTO recordings
TABLE rebuilt
ON CONFLICT (account_sid, sid) DO NOTHING
