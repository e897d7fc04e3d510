-- migrate:up

-- No row of a part of the log without an event of it.
ALTER TABLE archives
    ADD CONSTRAINT archives_hold_events CHECK (
        number > 0 AND events > 0 AND first_position > 0 AND last_position >= first_position
        AND events <= last_position - first_position + 1 AND first_sid < end_sid AND octet_length(sha256) = 32
    );

-- migrate:down

ALTER TABLE archives DROP CONSTRAINT archives_hold_events;
