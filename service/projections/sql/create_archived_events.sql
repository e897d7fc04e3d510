CREATE TEMP TABLE archived_events AS
SELECT account_sid, recording_sid, version, position, type, schema, data, call_sid, conference_sid, occurred_at, recorded_at
FROM events
WITH NO DATA
