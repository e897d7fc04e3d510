DELETE FROM idempotency_keys
WHERE date_created < now() - interval '24 hours'
