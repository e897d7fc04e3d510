-- The rows that creating and stopping one recording leaves, by plain SQL, a transaction an append.
-- No head row, no position counted, no hash: this is what the disk and the server allow, not what the log promises.
\set n :n + 1
\set account 1 + :n % :accounts
\startpipeline
BEGIN;
INSERT INTO events (account_sid, recording_sid, version, position, type, schema, data, call_sid, actor_sid, actor_role, request_id, occurred_at, recorded_at, canonical, previous_hash, hash)
VALUES ('ACbe' || lpad(to_hex(:account::bigint), 30, '0'), 'RE' || :run::text || lpad(to_hex(:client_id::bigint), 4, '0') || lpad(to_hex(:n::bigint), 16, '0'), 1, :n::bigint, 'started', 1, '{"call_sid":"CA00000000000000000000000000000001","callback": null,"channels": 1,"conference_sid": null,"position": null,"public_url":"http://127.0.0.1:8080","source":"StartCallRecordingAPI","track":"both","trim":"do-not-trim"}', 'CA00000000000000000000000000000001', 'ACbe000000000000000000000000000001', 'account', 'RQ00000000000000000000000000000001', now(), clock_timestamp(), '{"account_sid":"ACbe000000000000000000000000000001","actor":{"role":"account","sid":"ACbe000000000000000000000000000001"},"call_sid":"CA00000000000000000000000000000001","causation_id": null,"conference_sid": null,"correlation_id": null,"data":{"call_sid":"CA00000000000000000000000000000001","callback": null,"channels": 1,"conference_sid": null,"position": null,"public_url":"http://127.0.0.1:8080","source":"StartCallRecordingAPI","track":"both","trim":"do-not-trim"},"occurred_at":"2026-11-22T21:10:22.123456Z","recording_sid":"RE00000000000000000000000000000001","request_id":"RQ00000000000000000000000000000001","schema": 1,"type":"started","version": 1}', '\x00000000000000000000000000000000000000000000000000000000000000ff', '\x00000000000000000000000000000000000000000000000000000000000000ff');
INSERT INTO recordings (account_sid, sid, version, call_sid, source, channels, track, live_status, start_time, date_created, date_updated)
VALUES ('ACbe' || lpad(to_hex(:account::bigint), 30, '0'), 'RE' || :run::text || lpad(to_hex(:client_id::bigint), 4, '0') || lpad(to_hex(:n::bigint), 16, '0'), 1, 'CA00000000000000000000000000000001', 'StartCallRecordingAPI', 1, 'both', 'in-progress', now(), now(), now());
COMMIT;
\endpipeline
\startpipeline
BEGIN;
INSERT INTO events (account_sid, recording_sid, version, position, type, schema, data, call_sid, actor_sid, actor_role, request_id, occurred_at, recorded_at, canonical, previous_hash, hash)
VALUES ('ACbe' || lpad(to_hex(:account::bigint), 30, '0'), 'RE' || :run::text || lpad(to_hex(:client_id::bigint), 4, '0') || lpad(to_hex(:n::bigint), 16, '0'), 2, :n::bigint, 'stopped', 1, '{"cause":"api","position": null}', 'CA00000000000000000000000000000001', 'ACbe000000000000000000000000000001', 'account', 'RQ00000000000000000000000000000001', now(), clock_timestamp(), '{"account_sid":"ACbe000000000000000000000000000001","actor":{"role":"account","sid":"ACbe000000000000000000000000000001"},"call_sid":"CA00000000000000000000000000000001","causation_id": null,"conference_sid": null,"correlation_id": null,"data":{"cause":"api","position": null},"occurred_at":"2026-11-22T21:10:22.123456Z","recording_sid":"RE00000000000000000000000000000001","request_id":"RQ00000000000000000000000000000001","schema": 1,"type":"stopped","version": 2}', '\x00000000000000000000000000000000000000000000000000000000000000ff', '\x00000000000000000000000000000000000000000000000000000000000000ff');
UPDATE recordings SET version = 2, live_status = 'stopped', date_updated = now(), stopped_at = now()
WHERE account_sid = 'ACbe' || lpad(to_hex(:account::bigint), 30, '0') AND sid = 'RE' || :run::text || lpad(to_hex(:client_id::bigint), 4, '0') || lpad(to_hex(:n::bigint), 16, '0');
COMMIT;
\endpipeline
