DELETE FROM links
USING recordings
WHERE recordings.account_sid = links.account_sid AND recordings.sid = links.recording_sid
    AND least(links.date_expires, links.date_revoked, recordings.deleted_at) < now() - interval '40 days'
