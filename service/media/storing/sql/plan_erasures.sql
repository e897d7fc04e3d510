INSERT INTO media_copies (account_sid, recording_sid, store_url, media_url, due_at)
SELECT
    appended.account_sid,
    appended.recording_sid,
    copies.store_url,
    copies.media_url,
    CASE WHEN copies.media_url IS DISTINCT FROM planned.kept THEN now() END
FROM jsonb_to_recordset(:erasures::text::jsonb) AS planned (
    recording_sid text, version integer, type text, folder text, kept text
)
-- The type tells an append that lost its race apart from the one of the same group that won this version.
JOIN appended USING (recording_sid, version, type)
CROSS JOIN LATERAL (
    SELECT planned.folder AS store_url, '' AS media_url
    UNION
    SELECT known.store_url, known.media_url
    FROM media_copies AS known
    WHERE known.account_sid = appended.account_sid AND known.recording_sid = appended.recording_sid
) AS copies
ON CONFLICT (account_sid, recording_sid, store_url) DO UPDATE SET due_at = excluded.due_at, claim_id = NULL, attempts = 0
