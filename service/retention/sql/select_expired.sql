-- Nothing changes a completed recording's row but its deletion: its date is that of the completed event.
SELECT due.account_sid, due.sid
FROM account_policies AS policies
CROSS JOIN LATERAL (
    SELECT account_sid, sid
    FROM recordings
    WHERE account_sid = policies.account_sid AND live_status = 'completed' AND held IS NOT TRUE
        AND date_updated < now() - make_interval(days => policies.delete_after_days) AND sid <> ALL ($2::text[])
    ORDER BY date_updated
    LIMIT $1
) AS due
WHERE policies.delete_after_days IS NOT NULL AND policies.held_at IS NULL
LIMIT $1
