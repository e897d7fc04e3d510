INSERT INTO events (
    account_sid, recording_sid, version, position, type, schema, data, call_sid, actor_sid, actor_role, request_id,
    occurred_at, recorded_at, canonical, previous_hash, hash
)
SELECT
    account_sid, recording_sid, version, number / $3 * $4 + version, type, schema, data, 'CA' || md5(number::text),
    account_sid, 'account', 'RQ' || md5(number::text || version::text), at, at, repeat('x', 600), sha256('a'), sha256('b')
FROM generate_series($1::bigint, $2::bigint - 1) AS number
CROSS JOIN jsonb_to_recordset($5) AS told (version integer, type text, schema smallint, data jsonb)
CROSS JOIN LATERAL (
    SELECT
        'AC' || lpad(to_hex(1 + number % $3), 32, '0') AS account_sid,
        'RE' || lpad(to_hex($6::bigint + number), 12, '0') || substr(md5(number::text), 13) AS recording_sid,
        to_timestamp(($6::bigint + number) / 1000.0) + version * interval '1 second' AS at
) AS made
ORDER BY number, version
