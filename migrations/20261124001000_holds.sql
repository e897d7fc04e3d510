-- migrate:up

-- The last of held and released; null: neither ever. What only holds a recording says nothing of when it changed.
ALTER TABLE recordings ADD COLUMN held boolean;
ALTER TABLE recordings ALTER COLUMN date_updated DROP NOT NULL;

-- A completed recording was last changed when it was completed: the longest completed first.
CREATE INDEX recordings_expiring ON recordings (account_sid, date_updated)
    WHERE live_status = 'completed' AND held IS NOT TRUE;
CREATE INDEX recordings_held ON recordings (account_sid, sid) WHERE held;

-- What an account's own stream says, whose name is the account's: one row an account that ever set a policy.
CREATE TABLE account_policies (
    account_sid text PRIMARY KEY,
    version integer NOT NULL,
    held_at timestamptz,
    delete_after_days integer
);

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'account_policies', 'recordkeeper_service');
SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'account_policies', 'recordkeeper_projector');

-- As that of three parameters, which stays for processes of the version before: event n is left out as well when the
-- account's own stream is no longer at p_account_versions[n]. So what was decided under one policy is not appended
-- under another.
CREATE FUNCTION append_events(
    p_account_sid text, p_items integer[], p_canonical text[], p_account_versions integer[]
)
RETURNS TABLE (item integer, event events)
LANGUAGE plpgsql AS $$
DECLARE
    head account_heads;
    fact jsonb;
    refused integer;
    current_version integer;
BEGIN
    INSERT INTO account_heads AS existing (account_sid) VALUES (p_account_sid)
        ON CONFLICT (account_sid) DO UPDATE SET account_sid = existing.account_sid
        RETURNING * INTO head;
    FOR n IN 1 .. cardinality(p_items) LOOP
        item := p_items[n];
        CONTINUE WHEN item = refused;
        IF p_account_versions[n] IS NOT NULL THEN
            SELECT coalesce(max(stored.version), 0) INTO current_version FROM events AS stored
                WHERE stored.account_sid = p_account_sid AND stored.recording_sid = p_account_sid;
            IF current_version <> p_account_versions[n] THEN
                refused := item;
                CONTINUE;
            END IF;
        END IF;
        fact := p_canonical[n]::jsonb;
        SELECT coalesce(max(stored.version), 0) INTO current_version FROM events AS stored
            WHERE stored.account_sid = p_account_sid AND stored.recording_sid = fact ->> 'recording_sid';
        IF current_version <> (fact ->> 'version')::integer - 1 THEN
            refused := item;
            CONTINUE;
        END IF;
        event.recorded_at := clock_timestamp();
        event.position := head.position + 1;
        event.previous_hash := head.hash;
        event.hash := sha256(head.hash || convert_to(format(E'%s\n%s\n%s', event.position,
            to_char(event.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), p_canonical[n]), 'UTF8'));
        INSERT INTO events AS appended (account_sid, recording_sid, version, position, type, schema, data, call_sid,
            conference_sid, actor_sid, actor_role, request_id, causation_id, correlation_id, occurred_at,
            recorded_at, canonical, previous_hash, hash)
        VALUES (p_account_sid, fact ->> 'recording_sid', (fact ->> 'version')::integer, event.position,
            fact ->> 'type', (fact ->> 'schema')::smallint, fact -> 'data', fact ->> 'call_sid',
            fact ->> 'conference_sid', fact -> 'actor' ->> 'sid', fact -> 'actor' ->> 'role', fact ->> 'request_id',
            fact ->> 'causation_id', fact ->> 'correlation_id', (fact ->> 'occurred_at')::timestamptz,
            event.recorded_at, p_canonical[n], event.previous_hash, event.hash)
        RETURNING appended.* INTO event;
        head.position := event.position;
        head.hash := event.hash;
        RETURN NEXT;
    END LOOP;
    UPDATE account_heads SET position = head.position, hash = head.hash WHERE account_sid = p_account_sid;
END
$$;

-- migrate:down

DROP FUNCTION append_events(text, integer[], text[], integer[]);
DROP TABLE account_policies;
DROP INDEX recordings_held, recordings_expiring;
ALTER TABLE recordings DROP COLUMN held;
ALTER TABLE recordings ALTER COLUMN date_updated SET NOT NULL;
