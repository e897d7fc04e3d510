INSERT INTO settled_deliveries (
    account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, is_fallback, created_at, attempt, attempts, status
)
SELECT
    'AC' || lpad(to_hex(1 + number % 8), 32, '0'),
    'RE' || lpad(to_hex(number), 12, '0') || substr(md5(number::text), 13),
    3, 'DL' || lpad(to_hex(number), 12, '0') || substr(md5(number::text), 13), 'completed',
    now() - make_interval(secs => number), 'https://example.com/callbacks', 'POST', $2, 'example.com',
    gen_random_uuid(), false, now(), 1,
    '[{"attempted_at": "2026-11-24T10:00:00.000000Z", "duration_ms": 12, "http_status": 200, "error_code": null,
    "error": null}]', 'delivered'
FROM generate_series(1, $1::integer) AS number
