DELETE FROM links
USING links AS old LEFT JOIN recordings ON recordings.account_sid = old.account_sid AND recordings.sid = old.recording_sid
WHERE links.account_sid = old.account_sid AND links.sid = old.sid
    AND least(old.date_expires, old.date_revoked, recordings.deleted_at) < now() - interval '40 days'
