SELECT sid, version, call_sid, conference_sid, source, channels, track, live_status, start_time, date_created,
    date_updated, stopped_at, deleted_at, duration, round(price, 8) AS price, price_unit, stored_channels, error_code,
    media_url, encryption, date_created AS moment, sid AS key, (date_created AT TIME ZONE 'UTC')::date AS day
FROM recordings
WHERE account_sid = $1 AND (date_created, sid) > ($2::timestamptz, $3::text) AND date_created < $4
ORDER BY date_created, sid
LIMIT $5
