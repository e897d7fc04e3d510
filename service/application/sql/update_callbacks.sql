-- What is not in the object of changes stays as it is at that moment: somebody else may be changing it.
UPDATE accounts
SET callback_retries = CASE WHEN $2::jsonb ? 'retries' THEN $2 ->> 'retries' ELSE callback_retries END,
    callback_fallback_url = CASE WHEN $2 ? 'fallback_url' THEN $2 ->> 'fallback_url' ELSE callback_fallback_url END,
    webhook_secret = CASE WHEN $2 ? 'webhook_secret' THEN $2 ->> 'webhook_secret' ELSE webhook_secret END,
    date_updated = now()
WHERE sid = $1
RETURNING sid, callback_retries AS retries, callback_fallback_url AS fallback_url, webhook_secret
