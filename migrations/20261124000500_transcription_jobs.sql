-- migrate:up

-- One row a completed recording that is still to be transcribed, written in the transaction that completed it. While
-- `claim_id` is set, `next_attempt_at` is the end of the lease: due again, taken over. `folder` has the sound.
CREATE TABLE transcription_jobs (
    account_sid text NOT NULL,
    recording_sid text NOT NULL,
    folder text NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    claim_id uuid,
    PRIMARY KEY (account_sid, recording_sid)
);

CREATE INDEX transcription_jobs_due ON transcription_jobs (folder, next_attempt_at);

SELECT grant_if_possible('SELECT, INSERT, UPDATE, DELETE', 'transcription_jobs', 'recordkeeper_service');

-- migrate:down

DROP TABLE transcription_jobs;
