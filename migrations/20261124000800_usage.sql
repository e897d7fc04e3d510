-- migrate:up

-- One row a recording, folded from its events: what the numbers of its days are made of. Days are those of UTC.
-- `paused` and `finishing` (from stop to completed) are seconds.
CREATE TABLE usage_recordings (
    account_sid text NOT NULL,
    sid text NOT NULL,
    version integer NOT NULL,
    started_on date,
    completed_on date,
    absent_on date,
    deleted_on date,
    error_code integer,
    duration integer,
    paused numeric,
    finishing numeric,
    PRIMARY KEY (account_sid, sid)
);

CREATE INDEX usage_recordings_started ON usage_recordings (account_sid, started_on);
CREATE INDEX usage_recordings_completed ON usage_recordings (account_sid, completed_on) WHERE completed_on IS NOT NULL;
CREATE INDEX usage_recordings_absent ON usage_recordings (account_sid, absent_on) WHERE absent_on IS NOT NULL;
CREATE INDEX usage_recordings_deleted ON usage_recordings (account_sid, deleted_on) WHERE deleted_on IS NOT NULL;

CREATE TABLE usage (
    account_sid text NOT NULL,
    day date NOT NULL,
    started bigint NOT NULL,
    completed bigint NOT NULL,
    absent bigint NOT NULL,
    absent_by_code jsonb NOT NULL,
    deleted bigint NOT NULL,
    seconds_recorded bigint NOT NULL,
    seconds_paused numeric NOT NULL,
    duration_median numeric,
    duration_p95 numeric,
    finishing_median numeric,
    finishing_p95 numeric,
    PRIMARY KEY (account_sid, day)
);

-- How a day's callbacks ended, by the day of their event. Counted from the deliveries, which projectors cannot reach;
-- so it stands apart from what the log gives back, and outlives the deliveries it was counted from.
CREATE TABLE usage_callbacks (
    account_sid text NOT NULL,
    day date NOT NULL,
    delivered bigint NOT NULL,
    failed bigint NOT NULL,
    discarded bigint NOT NULL,
    pending bigint NOT NULL,
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (account_sid, day)
);

CREATE INDEX usage_callbacks_pending ON usage_callbacks (account_sid, day) WHERE pending > 0;
CREATE INDEX usage_callbacks_by_count ON usage_callbacks (counted_at);

-- How far into an account's log a projection has taken events in; `<name>:rebuild` is a rebuild's own.
CREATE TABLE projection_checkpoints (
    account_sid text NOT NULL,
    projection text NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (account_sid, projection)
);

-- A rebuild under way. `definition` tells whether the statement and the table are still those it began with;
-- (`account_sid`, `recording_sid`) is the last stream folded, `events` how many events that made.
CREATE TABLE rebuilds (
    projection text PRIMARY KEY,
    definition text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    account_sid text NOT NULL DEFAULT '',
    recording_sid text NOT NULL DEFAULT '',
    events bigint NOT NULL DEFAULT 0,
    folded boolean NOT NULL DEFAULT false
);

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', name, role)
    FROM unnest(ARRAY['usage_recordings', 'usage', 'projection_checkpoints', 'rebuilds']) AS name
    CROSS JOIN unnest(ARRAY['recordkeeper_service', 'recordkeeper_projector']) AS role;
SELECT grant_if_possible('SELECT', 'account_heads', 'recordkeeper_projector');
SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'usage_callbacks', 'recordkeeper_service');

-- migrate:down

DROP TABLE rebuilds, projection_checkpoints, usage_callbacks, usage, usage_recordings;
