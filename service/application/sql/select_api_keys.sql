SELECT sid, account_sid, role, date_created, revoked_at
FROM api_keys
WHERE $1::text IS NULL OR account_sid = $1
ORDER BY date_created, sid
