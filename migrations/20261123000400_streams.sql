-- migrate:up

-- Which audio stream of a conversation was heard last, and the position its timestamps count from: after a crash the
-- same stream goes on by its own timestamps.
ALTER TABLE conversations ADD COLUMN stream_sid text, ADD COLUMN stream_offset bigint;

-- Recordings that wait for sound: the longest waiting first.
CREATE INDEX recordings_stopped ON recordings (stopped_at) WHERE live_status = 'stopped';

-- migrate:down

DROP INDEX recordings_stopped;
ALTER TABLE conversations DROP COLUMN stream_sid, DROP COLUMN stream_offset;
