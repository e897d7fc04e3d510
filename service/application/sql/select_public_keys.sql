SELECT account_sid, sid, pem, fingerprint, date_created, retired_at
FROM public_keys
WHERE $1::text IS NULL OR account_sid = $1
ORDER BY date_created, sid
