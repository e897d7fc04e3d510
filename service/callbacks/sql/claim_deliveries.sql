WITH open (account_sid, host, host_slots, account_slots, is_proven, shuffled) AS (
    -- In no order, so that no lane is always first when there is more to do than may be under way.
    SELECT account_sid, host, host_slots, account_slots, $2::jsonb ? host, random()
    FROM lanes
    CROSS JOIN LATERAL (
        SELECT
            coalesce(($1::jsonb ->> host)::integer, $3) AS host_slots,
            coalesce(($4::jsonb ->> account_sid)::integer, $5) AS account_slots
    ) AS room
    -- A lane that must wait takes no share from those that need not.
    WHERE due_at <= now() AND host_slots > 0 AND account_slots > 0
), shared (account_sid, host, slots, is_proven, shuffled) AS (
    -- The lanes of a host share its slots, those of an account the account's; of more lanes than slots some wait.
    SELECT
        account_sid, host,
        least(
            CASE WHEN row_number() OVER by_host <= host_slots
                THEN greatest(host_slots / count(*) OVER (PARTITION BY host), 1) ELSE 0 END,
            CASE WHEN row_number() OVER by_account <= account_slots
                THEN greatest(account_slots / count(*) OVER (PARTITION BY account_sid), 1) ELSE 0 END
        ),
        is_proven, shuffled
    FROM open
    WINDOW by_host AS (PARTITION BY host ORDER BY shuffled), by_account AS (PARTITION BY account_sid ORDER BY shuffled)
), chosen (account_sid, host, slots, taken, is_proven) AS (
    SELECT
        account_sid, host, slots, sum(slots) OVER (PARTITION BY is_proven ORDER BY shuffled) - slots, is_proven
    FROM shared WHERE slots > 0 ORDER BY shuffled
), due AS (
    SELECT candidate.*
    FROM chosen
    CROSS JOIN LATERAL (
        SELECT account_sid, recording_sid, event_version, sid FROM pending_deliveries AS waits
        WHERE account_sid = chosen.account_sid AND host = chosen.host AND due_at <= now()
            AND (claimed_until IS NULL OR claimed_until <= now())
            AND NOT EXISTS (
                SELECT FROM pending_deliveries AS earlier
                WHERE earlier.account_sid = waits.account_sid AND earlier.recording_sid = waits.recording_sid
                    AND earlier.event_version < waits.event_version
            )
        ORDER BY due_at LIMIT chosen.slots FOR UPDATE SKIP LOCKED
    ) AS candidate
    WHERE is_proven OR taken < $7
    LIMIT $6
)
UPDATE pending_deliveries AS claimed
SET claimed_by = $8, claimed_until = now() + make_interval(secs => $9), attempt = attempt + 1
FROM due
JOIN accounts ON accounts.sid = due.account_sid
LEFT JOIN stream_keys AS kept ON kept.account_sid = due.account_sid AND kept.recording_sid = due.recording_sid
WHERE claimed.account_sid = due.account_sid AND claimed.recording_sid = due.recording_sid
    AND claimed.event_version = due.event_version AND claimed.sid = due.sid
RETURNING claimed.account_sid, claimed.recording_sid, claimed.event_version, claimed.sid, claimed.event, claimed.url,
    claimed.method, claimed.parameters, claimed.host, claimed.idempotency_token, claimed.is_fallback,
    claimed.attempt, claimed.claimed_by, jsonb_array_length(claimed.attempts) - claimed.restarted_at AS tries,
    coalesce(claimed.attempts @@ '$[*].http_status > 0', false) AS was_answered,
    claimed.attempts = '[]' AND NOT claimed.is_fallback AS is_first,
    extract(epoch FROM now() - claimed.created_at)::float8 AS age, accounts.auth_token, accounts.webhook_secret,
    coalesce(
        extract(epoch FROM now() - (claimed.attempts -> claimed.restarted_at ->> 'attempted_at')::timestamptz), 0
    )::float8 AS spent,
    kept.key AS url_key, accounts.callback_retries, accounts.callback_fallback_url
