UPDATE accounts SET auth_token = $2, date_updated = now()
WHERE sid = $1
RETURNING sid, friendly_name, auth_token, price_per_minute, price_unit, date_created, date_updated
