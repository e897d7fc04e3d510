WITH appended AS (
    SELECT *
    FROM events
    WHERE account_sid = $1 AND recording_sid = $2 AND ($3::timestamptz IS NULL OR occurred_at <= $3)
), folded (:columns) AS (
    :select
)
SELECT *
FROM folded
WHERE start_time IS NOT NULL
