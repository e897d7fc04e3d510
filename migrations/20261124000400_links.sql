-- migrate:up

-- Links to a recording's sound that need no credentials. Each is signed with a secret of its own: without the row, or
-- revoked, its URL is worth nothing.
CREATE TABLE links (
    account_sid text NOT NULL,
    sid text NOT NULL,
    recording_sid text NOT NULL,
    format text NOT NULL CHECK (format IN ('mp3', 'wav')),
    channels smallint NOT NULL CHECK (channels IN (1, 2)),
    secret bytea NOT NULL,
    actor_sid text,
    actor_role text NOT NULL,
    request_id text NOT NULL,
    date_created timestamptz NOT NULL,
    date_expires timestamptz NOT NULL,
    date_revoked timestamptz,
    PRIMARY KEY (account_sid, sid)
);

CREATE INDEX links_by_recording ON links (account_sid, recording_sid, sid);
CREATE INDEX links_by_expiry ON links (date_expires);

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'links', 'recordkeeper_service');

-- migrate:down

DROP TABLE links;
