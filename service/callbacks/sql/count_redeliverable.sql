SELECT count(*) AS deliveries, now() AS began
FROM settled_deliveries
WHERE account_sid = $1 AND status <> 'delivered' AND status = $2 AND ($3::text IS NULL OR event = $3)
    AND occurred_at >= $4::timestamptz AND occurred_at <= $5::timestamptz
