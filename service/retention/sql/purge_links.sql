DELETE FROM links
USING links AS old LEFT JOIN recordings ON recordings.account_sid = old.account_sid AND recordings.sid = old.recording_sid
WHERE links.account_sid = old.account_sid AND links.sid = old.sid
    AND least(old.date_expires, old.date_revoked, recordings.deleted_at) < now() - interval '40 days'
    AND recordings.held IS NOT TRUE
    AND NOT EXISTS (
        SELECT FROM account_policies AS policies
        WHERE policies.account_sid = old.account_sid AND policies.held_at IS NOT NULL
    )
