"""Every projection there is: a file of SQL, and a line here."""

from collections.abc import Mapping
from types import MappingProxyType

from service.projections.projection import Projection, Table

# What fetch and list show of a deleted recording ends after 40 days (Twilio: Recording resource).
_DELETED_LONG_AGO = "deleted_at < now() - interval '40 days'"
_NOT_DELETED_LONG_AGO = "count(*) FILTER (WHERE type = 'deleted' AND recorded_at < now() - interval '40 days') = 0"
_ALL = (
    Projection(
        name="recordings",
        fold="project_recordings",
        table=Table(name="recordings"),
        inline=True,
        keeps=_NOT_DELETED_LONG_AGO,
        forgets=_DELETED_LONG_AGO,
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
