INSERT INTO accounts (sid, auth_token, friendly_name)
VALUES ($1, $2, $3)
RETURNING sid, friendly_name, auth_token, price_per_minute, price_unit, date_created, date_updated
