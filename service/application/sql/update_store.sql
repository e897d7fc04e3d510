UPDATE accounts SET store_url = $2, date_updated = now()
WHERE sid = $1
RETURNING sid
