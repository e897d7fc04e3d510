SELECT
    account_sid, recording_sid AS stream, data ->> 'reference' AS reference, occurred_at, actor_sid, actor_role, request_id
FROM (
    SELECT *
    FROM events
    WHERE account_sid = $1 AND recording_sid = $2 AND ($3::integer IS NULL OR version = $3)
        AND type IN ('held', 'released', 'account-held', 'account-released')
    ORDER BY version DESC
    LIMIT 1
) AS last
WHERE type IN ('held', 'account-held')
