SELECT account_sid, sid, pem, fingerprint, date_created, retired_at
FROM public_keys
WHERE account_sid = $1 AND retired_at IS NULL
ORDER BY date_created DESC, sid DESC
LIMIT 1
