DELETE FROM rebuilt
WHERE deleted_at < now() - interval '40 days' AND held IS NOT TRUE
    -- What is still there is the purge's to take, and with it its key.
    AND NOT EXISTS (
        SELECT FROM recordings AS live WHERE live.account_sid = rebuilt.account_sid AND live.sid = rebuilt.sid
    )
    -- A hold keeps what was there when it was placed.
    AND NOT EXISTS (
        SELECT FROM account_policies AS policies
        WHERE policies.account_sid = rebuilt.account_sid AND policies.held_at < rebuilt.deleted_at + interval '40 days'
    )
