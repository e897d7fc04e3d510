-- By item: an append that lost its race leaves no key behind, though another of its group changed the recording.
INSERT INTO idempotency_keys (account_sid, key, request_sha256, recording_sid, version)
SELECT written.account_sid, named.key, decode(named.request_sha256, 'hex'), written.recording_sid, written.version
FROM jsonb_to_recordset(:idempotency_keys::text::jsonb) AS named (
    item integer, key text, request_sha256 text, recording_sid text
)
JOIN (
    SELECT item, account_sid, recording_sid, max(version) AS version
    FROM appended GROUP BY item, account_sid, recording_sid
) AS written USING (item, recording_sid)
