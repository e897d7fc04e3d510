-- migrate:up

-- The keys that accounts have their recordings encrypted at; the private halves are theirs alone.
CREATE TABLE public_keys (
    account_sid text NOT NULL REFERENCES accounts (sid),
    sid text NOT NULL,
    pem text NOT NULL,
    fingerprint text NOT NULL,
    date_created timestamptz NOT NULL DEFAULT clock_timestamp(),
    retired_at timestamptz,
    PRIMARY KEY (account_sid, sid)
);

-- The key that a recording's files are sealed with, itself wrapped with the service's key `key_id`.
CREATE TABLE media_keys (
    account_sid text NOT NULL,
    recording_sid text NOT NULL,
    key_id text NOT NULL,
    wrapped bytea NOT NULL,
    date_created timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (account_sid, recording_sid)
);

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', name, 'recordkeeper_service')
    FROM unnest(ARRAY['public_keys', 'media_keys']) AS name;

-- migrate:down

DROP TABLE media_keys, public_keys;
