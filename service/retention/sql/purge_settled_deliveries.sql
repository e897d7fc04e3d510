DELETE FROM settled_deliveries
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM settled_deliveries AS settled
    WHERE settled_at < now() - make_interval(days => $1)
        AND NOT EXISTS (
            SELECT FROM recordings
            WHERE recordings.account_sid = settled.account_sid AND recordings.sid = settled.recording_sid AND recordings.held
        )
        AND NOT EXISTS (
            SELECT FROM account_policies AS policies
            WHERE policies.account_sid = settled.account_sid AND policies.held_at IS NOT NULL
        )
    LIMIT $2
))
