DELETE FROM :fresh AS made
USING (SELECT DISTINCT account_sid, recording_sid FROM archived_events) AS archived
WHERE made.account_sid = archived.account_sid AND made.sid = archived.recording_sid
