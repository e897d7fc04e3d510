INSERT INTO public_keys (account_sid, sid, pem, fingerprint)
VALUES ($1, $2, $3, $4)
RETURNING account_sid, sid, pem, fingerprint, date_created, retired_at
