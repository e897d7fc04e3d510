INSERT INTO account_policies (account_sid, version, held_at, delete_after_days)
SELECT
    account_sid,
    max(version),
    (array_agg(
        CASE type WHEN 'account-held' THEN occurred_at END ORDER BY version DESC
    ) FILTER (
        WHERE type IN ('account-held', 'account-released')
    ))[1],
    (array_agg((data ->> 'delete_after_days')::integer ORDER BY version DESC) FILTER (WHERE type = 'retention-set'))[1]
FROM ruled
GROUP BY account_sid, recording_sid
ON CONFLICT (account_sid) DO UPDATE SET
    version = excluded.version,
    held_at = excluded.held_at,
    delete_after_days = excluded.delete_after_days
