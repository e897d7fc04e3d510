SELECT sid, callback_retries AS retries, callback_fallback_url AS fallback_url, webhook_secret
FROM accounts
WHERE sid = $1
