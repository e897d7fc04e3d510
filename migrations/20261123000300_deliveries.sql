-- migrate:up

-- One row a callback owed. `parameters` is form-encoded and frozen, `host` is where it goes (name and port; empty
-- when the URL is none). While `claim_id` is set, `next_attempt_at` is the end of the lease: due again, taken over.
CREATE TABLE deliveries (
    account_sid text NOT NULL,
    sid text NOT NULL,
    recording_sid text NOT NULL,
    event_version integer NOT NULL,
    event text NOT NULL,
    occurred_at timestamptz NOT NULL,
    url text NOT NULL,
    method text NOT NULL CHECK (method IN ('GET', 'POST')),
    parameters text NOT NULL,
    host text NOT NULL,
    idempotency_token uuid NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed', 'discarded')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz DEFAULT now(),
    claim_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_sid, sid),
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL))
);

-- By hash: an index entry holds less than a long URL.
CREATE UNIQUE INDEX deliveries_by_event ON deliveries (account_sid, recording_sid, event_version, md5(url));
CREATE INDEX deliveries_due ON deliveries (host, next_attempt_at) WHERE status = 'pending';
CREATE INDEX deliveries_claimed ON deliveries (host) WHERE claim_id IS NOT NULL;

CREATE TABLE delivery_attempts (
    account_sid text NOT NULL,
    delivery_sid text NOT NULL,
    number integer NOT NULL,
    attempted_at timestamptz NOT NULL,
    duration_ms integer NOT NULL,
    http_status integer,
    error_code integer,
    error text,
    PRIMARY KEY (account_sid, delivery_sid, number),
    FOREIGN KEY (account_sid, delivery_sid) REFERENCES deliveries (account_sid, sid) ON DELETE CASCADE
);

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', name, 'recordkeeper_service')
    FROM unnest(ARRAY['deliveries', 'delivery_attempts']) AS name;

-- migrate:down

DROP TABLE delivery_attempts, deliveries;
