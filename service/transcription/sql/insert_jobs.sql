-- By item: an append that lost its race owes nothing.
INSERT INTO transcription_jobs (account_sid, recording_sid, folder)
SELECT appended.account_sid, appended.recording_sid, owed.folder
FROM jsonb_to_recordset(:transcription_jobs::text::jsonb) AS owed (item integer, folder text)
JOIN appended USING (item)
WHERE appended.type = 'completed'
ON CONFLICT DO NOTHING
