INSERT INTO recordings (
    account_sid, sid, version, call_sid, source, channels, track, live_status, start_time, date_created, date_updated,
    stopped_at, duration, price, price_unit, stored_channels
)
SELECT
    $2, 'RE' || lpad(to_hex($3::bigint + number), 12, '0') || substr(md5(number::text), 13), 5,
    'CA' || md5(number::text), 'StartCallRecordingAPI', 2, 'both', 'completed', at, at, at + interval '15 seconds',
    at + interval '14 seconds', 13, -0.0025, 'USD', 2
FROM generate_series(1, $1::bigint) AS number
CROSS JOIN LATERAL (SELECT to_timestamp(($3::bigint + number) / 1000.0) AS at) AS made
