-- migrate:up

-- Where media are when not here, and how they are encrypted: both only as the completed event says.
ALTER TABLE recordings ADD COLUMN media_url text, ADD COLUMN encryption text;
-- An event that tells of damage or delay alone says nothing of the status.
ALTER TABLE recordings ALTER COLUMN live_status DROP NOT NULL;

-- Stopped recordings that are to be finished by a process that works on the data folder which holds their sound.
-- While `claim_id` is set, `due_at` is the end of the lease: due again, taken over.
-- `unreadable`: how many of the attempts could not read the sound.
-- `is_captured`: all the sound it will get from a stream is in the folder.
CREATE TABLE finishings (
    account_sid text NOT NULL,
    recording_sid text NOT NULL,
    folder text NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    claim_id uuid,
    attempts integer NOT NULL DEFAULT 0,
    unreadable integer NOT NULL DEFAULT 0,
    is_captured boolean NOT NULL DEFAULT false,
    PRIMARY KEY (account_sid, recording_sid)
);

CREATE INDEX finishings_due ON finishings (folder, due_at);

-- The process that hears a conversation's streams: the name of its data folder, a slash, and its number.
ALTER TABLE conversations ADD COLUMN home text;

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'finishings', 'recordkeeper_service');

-- migrate:down

ALTER TABLE conversations DROP COLUMN home;
DROP TABLE finishings;
ALTER TABLE recordings ALTER COLUMN live_status SET NOT NULL;
ALTER TABLE recordings DROP COLUMN media_url, DROP COLUMN encryption;
