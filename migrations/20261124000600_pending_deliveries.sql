-- migrate:up

-- A delivery is in one of two tables: in the first while it is owed, in the second once it is settled. So what the
-- dispatchers search stays as small as what is owed, however long the history is.
-- `host` is where it goes (name and port; empty when the URL is none). `attempt` counts claims: it is the number of the
-- attempt under way or last made, and fences what is recorded. `attempts` is a list of those whose outcome is known, as
-- the delivery API shows them; `restarted_at` is how many there were when the delivery was last put back by hand: the
-- schedule counts from there. While `claimed_until` is in the future it is leased to the dispatcher `claimed_by`.
-- The claim changes no indexed column, and finds room for the new row beside the old one: no index is written.
CREATE TABLE pending_deliveries (
    account_sid text NOT NULL,
    recording_sid text NOT NULL,
    event_version integer NOT NULL,
    sid text NOT NULL,
    event text NOT NULL,
    occurred_at timestamptz NOT NULL,
    url text NOT NULL,
    method text NOT NULL CHECK (method IN ('GET', 'POST')),
    parameters text NOT NULL,
    host text NOT NULL,
    idempotency_token uuid NOT NULL,
    is_fallback boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    attempt integer NOT NULL DEFAULT 0,
    restarted_at integer NOT NULL DEFAULT 0,
    claimed_by integer,
    claimed_until timestamptz,
    attempts jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (account_sid, recording_sid, event_version, sid)
) WITH (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 20000, autovacuum_vacuum_cost_delay = 0
);

-- A lane is what one account owes to one host.
CREATE INDEX pending_deliveries_by_lane ON pending_deliveries (account_sid, host, due_at);

CREATE TABLE settled_deliveries (
    account_sid text NOT NULL,
    recording_sid text NOT NULL,
    event_version integer NOT NULL,
    sid text NOT NULL,
    event text NOT NULL,
    occurred_at timestamptz NOT NULL,
    url text NOT NULL,
    method text NOT NULL,
    parameters text NOT NULL,
    host text NOT NULL,
    idempotency_token uuid NOT NULL,
    is_fallback boolean NOT NULL,
    created_at timestamptz NOT NULL,
    attempt integer NOT NULL,
    attempts jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('delivered', 'failed', 'discarded')),
    settled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_sid, recording_sid, event_version, sid)
);

CREATE INDEX settled_deliveries_by_event ON settled_deliveries (account_sid, occurred_at, sid);
CREATE INDEX settled_deliveries_undelivered ON settled_deliveries (account_sid, occurred_at)
    WHERE status <> 'delivered';
CREATE INDEX settled_deliveries_by_age ON settled_deliveries USING brin (settled_at);

-- Dispatchers, dead or alive: one that lives holds the advisory lock of its id.
CREATE TABLE dispatchers (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at timestamptz NOT NULL DEFAULT now()
);

-- How an account is called back: `retries` is our schedule or Twilio's (once, when no connection came about).
ALTER TABLE accounts
    ADD COLUMN callback_retries text NOT NULL DEFAULT 'own' CHECK (callback_retries IN ('own', 'twilio')),
    ADD COLUMN callback_fallback_url text,
    ADD COLUMN webhook_secret text;

-- A delivery's SID begins with the digits of time of its recording's: that leads to its row.
CREATE TEMP TABLE moved ON COMMIT DROP AS
SELECT
    old.*, 'DL' || substr(old.recording_sid, 3, 12) || substr(old.sid, 15) AS new_sid,
    coalesce(made.attempts, '[]') AS made, coalesce(made.last_at, old.created_at) AS last_at
FROM deliveries AS old
LEFT JOIN LATERAL (
    SELECT
        max(attempted_at) AS last_at,
        jsonb_agg(jsonb_build_object(
            'attempted_at', to_char(attempted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'duration_ms', duration_ms, 'http_status', http_status, 'error_code', error_code, 'error', error
        ) ORDER BY number) AS attempts
    FROM delivery_attempts WHERE account_sid = old.account_sid AND delivery_sid = old.sid
) AS made ON true;

INSERT INTO pending_deliveries (
    account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, created_at, due_at, attempt, attempts
)
SELECT
    account_sid, recording_sid, event_version, new_sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, created_at, next_attempt_at, attempts, made
FROM moved WHERE status = 'pending';

INSERT INTO settled_deliveries (
    account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, is_fallback, created_at, attempt, attempts, status, settled_at
)
SELECT
    account_sid, recording_sid, event_version, new_sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, false, created_at, attempts, made, status, last_at
FROM moved WHERE status <> 'pending';

DROP TABLE delivery_attempts, deliveries;

CREATE VIEW deliveries AS
SELECT
    account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, is_fallback, created_at, attempt, attempts, 'pending' AS status, due_at AS next_attempt_at
FROM pending_deliveries
UNION ALL
SELECT
    account_sid, recording_sid, event_version, sid, event, occurred_at, url, method, parameters, host,
    idempotency_token, is_fallback, created_at, attempt, attempts, status, NULL
FROM settled_deliveries;

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', name, 'recordkeeper_service')
    FROM unnest(ARRAY['pending_deliveries', 'settled_deliveries', 'dispatchers']) AS name;
SELECT grant_if_possible('SELECT', 'deliveries', 'recordkeeper_service');

-- migrate:down

DROP VIEW deliveries;
DROP TABLE pending_deliveries, settled_deliveries, dispatchers;
ALTER TABLE accounts DROP COLUMN callback_retries, DROP COLUMN callback_fallback_url, DROP COLUMN webhook_secret;
