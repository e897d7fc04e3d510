-- migrate:up

-- The read model that fetch and list answer from; derived from events alone, so it can be thrown away.
-- What only the started event says is nullable: an upsert that brings later events alone does not name it.
CREATE TABLE recordings (
    account_sid text NOT NULL,
    sid text NOT NULL,
    version integer NOT NULL,
    call_sid text,
    conference_sid text,
    source text,
    channels smallint,
    track text,
    live_status text NOT NULL,
    start_time timestamptz,
    date_created timestamptz,
    date_updated timestamptz NOT NULL,
    stopped_at timestamptz,
    deleted_at timestamptz,
    duration integer,
    price numeric,
    price_unit text,
    stored_channels smallint,
    error_code integer,
    PRIMARY KEY (account_sid, sid)
);

CREATE INDEX recordings_by_call ON recordings (account_sid, call_sid, sid) WHERE call_sid IS NOT NULL;
CREATE INDEX recordings_by_conference ON recordings (account_sid, conference_sid, sid)
    WHERE conference_sid IS NOT NULL;
CREATE INDEX recordings_by_creation ON recordings (account_sid, date_created);
CREATE INDEX recordings_unfinished ON recordings (account_sid, sid)
    WHERE live_status IN ('in-progress', 'paused', 'stopped');
CREATE INDEX recordings_deleted ON recordings (deleted_at) WHERE deleted_at IS NOT NULL;

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'recordings', 'recordkeeper_service');
SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'recordings', 'recordkeeper_projector');

-- migrate:down

DROP TABLE recordings;
