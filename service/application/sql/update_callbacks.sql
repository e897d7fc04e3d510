UPDATE accounts
SET callback_retries = $2, callback_fallback_url = $3, webhook_secret = $4, date_updated = now()
WHERE sid = $1
RETURNING sid, callback_retries AS retries, callback_fallback_url AS fallback_url, webhook_secret
