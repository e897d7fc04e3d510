"""Every projection there is: a file of SQL, and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from service.projections.projection import Projection, Table

# What fetch and list show of a deleted recording ends after 40 days (Twilio: Recording resource); a hold keeps what was
# there when it was placed. While there is a key, the purge has yet to come: it destroys that with the row, or never.
_FORGOTTEN = """
deleted_at < now() - interval '40 days' AND held IS NOT TRUE
AND NOT EXISTS (
    SELECT FROM account_policies AS policies
    WHERE policies.account_sid = made.account_sid AND policies.held_at < made.deleted_at + interval '40 days'
)
AND NOT EXISTS (
    SELECT FROM stream_keys AS kept WHERE kept.account_sid = made.account_sid AND kept.recording_sid = made.sid
)
"""
# The same, of events, before there is a row: what may have to stay.
_KEPT = """
CASE count(*) FILTER (WHERE type = 'deleted' AND recorded_at < now() - interval '40 days') WHEN 0 THEN true ELSE
    bool_or(type = 'held')
    OR EXISTS (
        SELECT FROM recordings AS known
        WHERE known.account_sid = appended.account_sid AND known.sid = appended.recording_sid
    )
    OR EXISTS (
        SELECT FROM account_policies AS policies
        WHERE policies.account_sid = appended.account_sid AND policies.held_at IS NOT NULL
    )
    OR EXISTS (
        SELECT FROM stream_keys AS kept
        WHERE kept.account_sid = appended.account_sid AND kept.recording_sid = appended.recording_sid
    )
END
"""
_ALL = (
    Projection(
        name="recordings",
        fold="project_recordings",
        table=Table(name="recordings"),
        inline=True,
        keeps=_KEPT,
        forgets=_FORGOTTEN,
    ),
    Projection(
        name="usage",
        fold="project_usage",
        table=Table(name="usage_recordings"),
        summarise="summarise_usage",
        summary=Table(name="usage", key="day", key_type="date"),
    ),
)
PROJECTIONS: Mapping[str, Projection] = MappingProxyType({projection.name: projection for projection in _ALL})
