-- migrate:up

-- Where an account's finished media go: a store's URL, `local` for the data folder, NULL for the service's own setting.
ALTER TABLE accounts ADD COLUMN store_url text;

-- Copies of media that exist or may exist: those in stores from before the upload on, those in data folders from the
-- completion on, and whatever is to be erased.
-- `store_url` of a data folder is `folder:` and its name. `due_at` NULL: wanted; otherwise to be erased from then on,
-- and while `claim_id` is set it is the end of a lease.
CREATE TABLE media_copies (
    account_sid text NOT NULL,
    recording_sid text NOT NULL,
    store_url text NOT NULL,
    media_url text NOT NULL,
    due_at timestamptz,
    claim_id uuid,
    attempts integer NOT NULL DEFAULT 0,
    PRIMARY KEY (account_sid, recording_sid, store_url)
);

CREATE INDEX media_copies_due ON media_copies (due_at) WHERE due_at IS NOT NULL;

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'media_copies', 'recordkeeper_service');

-- migrate:down

DROP TABLE media_copies;
ALTER TABLE accounts DROP COLUMN store_url;
