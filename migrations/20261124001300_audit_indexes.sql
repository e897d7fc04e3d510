-- migrate:up

-- What auditors ask for. A conversation stands on a recording's first event as on all others, and leads to its stream:
-- one entry a recording instead of one an event. Every recording starts and stops, so that who asks for those finds
-- them wherever he looks; the other types may be rare.
CREATE INDEX events_by_call ON events (account_sid, call_sid, recording_sid)
    WHERE version = 1 AND call_sid IS NOT NULL;
CREATE INDEX events_by_conference ON events (account_sid, conference_sid, recording_sid)
    WHERE version = 1 AND conference_sid IS NOT NULL;
CREATE INDEX events_by_actor ON events (account_sid, actor_sid, position) WHERE actor_sid IS NOT NULL;
CREATE INDEX events_by_type ON events (account_sid, type, position) WHERE type NOT IN ('started', 'stopped');
CREATE INDEX events_by_request ON events (account_sid, request_id);
CREATE INDEX events_by_time ON events (account_sid, occurred_at, position);

-- migrate:down

DROP INDEX events_by_call, events_by_conference, events_by_actor, events_by_type, events_by_request, events_by_time;
