SELECT sid, friendly_name, auth_token, price_per_minute, price_unit, date_created, date_updated
FROM accounts
ORDER BY date_created, sid
