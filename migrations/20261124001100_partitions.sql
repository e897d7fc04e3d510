-- migrate:up

-- The digits of a recording's SID begin with the milliseconds of its birth: a month of recordings is a range of SIDs.
CREATE FUNCTION first_sid_of(month timestamp) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT 'RE' || lpad(to_hex((extract(epoch FROM month) * 1000)::bigint), 12, '0')
$$;

CREATE FUNCTION make_append_only(partition text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER events_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
        ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()', partition);
END
$$;

-- What is in the default partition cannot be moved: the log is append-only. So it becomes the partition of all months
-- up to this one, and another, empty one takes its place.
DO $$
DECLARE
    next_month text := first_sid_of(date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month');
BEGIN
    IF EXISTS (SELECT FROM events_default WHERE recording_sid >= 'RE' AND recording_sid < next_month)
        AND NOT EXISTS (SELECT FROM events_default WHERE recording_sid < 'RE' OR recording_sid >= next_month) THEN
        ALTER TABLE events DETACH PARTITION events_default;
        ALTER TABLE events_default RENAME TO events_before;
        EXECUTE format('ALTER TABLE events ATTACH PARTITION events_before FOR VALUES FROM (''RE'') TO (%L)', next_month);
        CREATE TABLE events_default PARTITION OF events DEFAULT;
        PERFORM make_append_only('events_default');
    END IF;
END
$$;

-- Makes the partition of this month and of so many after it, where they are missing; returns the names of those made.
-- Runs as the owner: the service may not make tables. A month that has rows in another partition stays there.
-- Whoever reads the whole log is waited for 2 s, then the rest is left to the next call: appends queue up behind.
CREATE FUNCTION ensure_events_partitions(months integer DEFAULT 2, at timestamptz DEFAULT now()) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    month timestamp;
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('partitions of events'));
    FOR n IN 0 .. months LOOP
        month := date_trunc('month', at AT TIME ZONE 'UTC') + make_interval(months => n);
        name := to_char(month, '"events_"YYYY_MM');
        CONTINUE WHEN to_regclass(name) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE %I (LIKE events INCLUDING ALL)', name);
            PERFORM make_append_only(name);
            EXECUTE format('ALTER TABLE events ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                name, first_sid_of(month), first_sid_of(month + interval '1 month'));
            RETURN NEXT name;
        EXCEPTION
            WHEN lock_not_available THEN
                RAISE NOTICE 'partition % is not made yet: the log is being read', name;
                RETURN;
            WHEN check_violation OR invalid_object_definition THEN
                RAISE NOTICE 'no partition %: %', name, SQLERRM;
        END;
    END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION ensure_events_partitions(integer, timestamptz), make_append_only(text) FROM PUBLIC;
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'recordkeeper_service') THEN
        GRANT EXECUTE ON FUNCTION ensure_events_partitions(integer, timestamptz) TO recordkeeper_service;
    END IF;
END
$$;

-- Parts of the log that are in Parquet files: each holds events of one account, by position, of recordings whose SIDs
-- are from `first_sid` to before `end_sid`.
CREATE TABLE archives (
    account_sid text NOT NULL,
    partition text NOT NULL,
    number integer NOT NULL,
    first_sid text NOT NULL,
    end_sid text NOT NULL,
    place text NOT NULL,
    key text NOT NULL,
    events bigint NOT NULL,
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    sha256 bytea NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_sid, partition, number)
);

-- What is derived from an archived stream can no longer be derived from the database: it is final, and left alone.
CREATE FUNCTION is_archived(p_account_sid text, p_recording_sid text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM archives
        WHERE account_sid = p_account_sid AND first_sid <= p_recording_sid AND end_sid > p_recording_sid
    )
$$;

SELECT grant_if_possible('SELECT', 'archives', role)
    FROM unnest(ARRAY['recordkeeper_service', 'recordkeeper_projector']) AS role;

-- migrate:down

DROP FUNCTION is_archived(text, text);
DROP TABLE archives;
DROP FUNCTION ensure_events_partitions(integer, timestamptz), make_append_only(text), first_sid_of(timestamp);
