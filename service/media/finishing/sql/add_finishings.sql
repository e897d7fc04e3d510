INSERT INTO finishings (account_sid, recording_sid, folder, is_captured)
SELECT captured.account_sid, captured.recording_sid, $3, true
FROM unnest($1::text[], $2::text[]) AS captured (account_sid, recording_sid)
-- One under way may have looked too early: it is done once more.
ON CONFLICT (account_sid, recording_sid) DO UPDATE SET due_at = now(), claim_id = NULL, is_captured = true
