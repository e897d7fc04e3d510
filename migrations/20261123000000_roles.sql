-- migrate:up

-- The service runs as recordkeeper_service and rebuilds as recordkeeper_projector. Roles belong to the whole
-- server, so an operator without CREATEROLE goes without: the append-only trigger holds all the same.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['recordkeeper_service', 'recordkeeper_projector'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        END IF;
        EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
        EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', wanted);
    END LOOP;
EXCEPTION
    WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN
        RAISE NOTICE 'roles of recordkeeper not made here: %', SQLERRM;
END
$$;

CREATE FUNCTION grant_if_possible(privileges text, relation text, grantee text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = grantee) THEN
        EXECUTE format('GRANT %s ON %I TO %I', privileges, relation, grantee);
    END IF;
END
$$;

-- migrate:down

DROP FUNCTION grant_if_possible(text, text, text);
