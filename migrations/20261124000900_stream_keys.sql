-- migrate:up

-- The key that a recording's callback URL is sealed with, in the log and in what is owed. It is destroyed with the
-- recording: what it sealed cannot be read any more, and every hash over it holds.
CREATE TABLE stream_keys (
    account_sid text NOT NULL,
    recording_sid text NOT NULL,
    key bytea NOT NULL,
    PRIMARY KEY (account_sid, recording_sid)
);

SELECT grant_if_possible('SELECT, INSERT, DELETE', 'stream_keys', 'recordkeeper_service');

-- migrate:down

DROP TABLE stream_keys;
