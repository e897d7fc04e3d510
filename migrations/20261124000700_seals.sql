-- migrate:up

-- Signed statements over every account's log, each chained to the one before. `statement` is the text that is signed;
-- the columns beside it are read from it.
CREATE TABLE seals (
    n bigint PRIMARY KEY CHECK (n > 0),
    sealed_at timestamptz NOT NULL,
    previous_hash bytea NOT NULL,
    accounts bigint NOT NULL,
    root bytea NOT NULL,
    key_id text NOT NULL,
    statement text NOT NULL,
    signature bytea NOT NULL,
    hash bytea NOT NULL
);

-- How long an account's log was at seal `n`, and its Merkle root: only where it had grown since the row before.
CREATE TABLE seal_accounts (
    account_sid text NOT NULL,
    n bigint NOT NULL,
    length bigint NOT NULL CHECK (length > 0),
    root bytea NOT NULL,
    PRIMARY KEY (account_sid, n)
);

CREATE INDEX seal_accounts_by_seal ON seal_accounts (n);
CREATE INDEX seal_accounts_by_length ON seal_accounts (account_sid, length);

-- Roots of complete subtrees of an account's Merkle tree, from level 8 (256 events) up: a proof reads these and not the log.
CREATE TABLE merkle_nodes (
    account_sid text NOT NULL,
    level smallint NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (account_sid, level, number)
);

-- Every key that ever signed a seal; none is taken out.
CREATE TABLE seal_keys (
    key_id text PRIMARY KEY,
    public_key bytea NOT NULL,
    first_n bigint NOT NULL
);

DO $$
DECLARE
    sealed text;
BEGIN
    FOREACH sealed IN ARRAY ARRAY['seals', 'seal_accounts', 'merkle_nodes', 'seal_keys'] LOOP
        EXECUTE format('CREATE TRIGGER seals_are_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_events()', sealed);
        PERFORM grant_if_possible('SELECT, INSERT', sealed, 'recordkeeper_service');
    END LOOP;
END
$$;

-- migrate:down

DROP TABLE seal_keys, merkle_nodes, seal_accounts, seals;
