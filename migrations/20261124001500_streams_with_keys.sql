-- migrate:up

-- Which streams still have a key, for rebuilds: their rows stay until the purge destroys it. The keys are not theirs to read.
SELECT grant_if_possible('SELECT (account_sid, recording_sid)', 'stream_keys', 'recordkeeper_projector');

-- migrate:down

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recordkeeper_projector') THEN
        REVOKE SELECT (account_sid, recording_sid) ON stream_keys FROM recordkeeper_projector;
    END IF;
END
$$;
