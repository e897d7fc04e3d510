-- migrate:up

CREATE TABLE events (
    account_sid text NOT NULL,
    recording_sid text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    position bigint NOT NULL CHECK (position > 0),
    type text NOT NULL,
    schema smallint NOT NULL,
    data jsonb NOT NULL,
    call_sid text,
    conference_sid text,
    actor_sid text,
    actor_role text NOT NULL,
    request_id text NOT NULL,
    causation_id text,
    correlation_id text,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    canonical text NOT NULL,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (account_sid, recording_sid, version)
) PARTITION BY RANGE (recording_sid);

CREATE TABLE events_default PARTITION OF events DEFAULT;

CREATE INDEX events_by_position ON events (account_sid, position);

-- One row an account: the length of its log and the hash at its end. Its lock orders the account's appends.
CREATE TABLE account_heads (
    account_sid text PRIMARY KEY,
    position bigint NOT NULL DEFAULT 0,
    hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')
);

CREATE FUNCTION refuse_change_of_events() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the event log is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();
CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events_default
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events();

-- Appends events of one account: item n of p_items says which append event n of p_canonical belongs to. An append
-- whose first version is not the next of its stream is left out whole: the caller sees the gap and decides again.
-- p_canonical is the text that is hashed, and every column is read from it: what is stored is what is proven.
CREATE FUNCTION append_events(p_account_sid text, p_items integer[], p_canonical text[])
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

SELECT grant_if_possible('SELECT, INSERT', 'events', 'recordkeeper_service');
SELECT grant_if_possible('SELECT', 'events', 'recordkeeper_projector');
SELECT grant_if_possible('SELECT, INSERT, UPDATE', 'account_heads', 'recordkeeper_service');

-- migrate:down

DROP FUNCTION append_events(text, integer[], text[]);
DROP TABLE account_heads;
DROP TABLE events;
DROP FUNCTION refuse_change_of_events();
