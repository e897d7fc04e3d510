WITH recorded AS (
    INSERT INTO delivery_attempts (
        account_sid, delivery_sid, number, attempted_at, duration_ms, http_status, error_code, error
    )
    VALUES ($1, $2, $4, clock_timestamp() - make_interval(secs => $5::integer / 1000.0), $5, $6, $7, $8)
)
-- A claim that was taken over meanwhile moves nothing: its result is written down above, and that is all.
UPDATE deliveries SET status = $9, next_attempt_at = now() + make_interval(secs => $10), claim_id = NULL
WHERE account_sid = $1 AND sid = $2 AND claim_id = $3
RETURNING status
