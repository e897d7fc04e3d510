-- migrate:up

-- The auth token is kept readable: it is the key that callbacks are signed with.
CREATE TABLE accounts (
    sid text PRIMARY KEY,
    friendly_name text NOT NULL,
    auth_token text NOT NULL,
    price_per_minute numeric NOT NULL DEFAULT 0.0025,
    price_unit text NOT NULL DEFAULT 'USD',
    date_created timestamptz NOT NULL DEFAULT now(),
    date_updated timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_keys (
    sid text PRIMARY KEY,
    account_sid text NOT NULL REFERENCES accounts (sid),
    secret_sha256 bytea NOT NULL,
    role text NOT NULL CHECK (role IN ('standard', 'switch', 'auditor', 'admin')),
    date_created timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);

-- A call or a conference, as the switch or its audio stream announced it.
CREATE TABLE conversations (
    account_sid text NOT NULL,
    sid text NOT NULL,
    status text NOT NULL,
    first_call_sid text,
    known_by text NOT NULL CHECK (known_by IN ('switch', 'stream')),
    stream_position bigint,
    stream_seen_at timestamptz,
    date_created timestamptz NOT NULL,
    date_updated timestamptz NOT NULL,
    PRIMARY KEY (account_sid, sid)
);

CREATE INDEX conversations_streaming ON conversations (stream_seen_at) WHERE stream_seen_at IS NOT NULL;

-- What was answered to a request that named a key, so that its repetition gets the same answer.
CREATE TABLE idempotency_keys (
    account_sid text NOT NULL,
    key text NOT NULL,
    request_sha256 bytea NOT NULL,
    recording_sid text NOT NULL,
    version integer NOT NULL,
    date_created timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_sid, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (date_created);

CREATE TABLE transcriptions (
    account_sid text NOT NULL,
    sid text NOT NULL,
    recording_sid text NOT NULL,
    status text NOT NULL,
    type text NOT NULL,
    transcription_text text,
    duration integer,
    date_created timestamptz NOT NULL,
    date_updated timestamptz NOT NULL,
    PRIMARY KEY (account_sid, sid)
);

CREATE INDEX transcriptions_by_recording ON transcriptions (account_sid, recording_sid, sid);

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', name, 'recordkeeper_service')
    FROM unnest(ARRAY['accounts', 'api_keys', 'conversations', 'idempotency_keys', 'transcriptions']) AS name;

-- migrate:down

DROP TABLE transcriptions, idempotency_keys, conversations, api_keys, accounts;
