"""Times on a command line: every verb takes the same, and what is none is said."""

from datetime import UTC, datetime, timedelta

import click
import pytest

from service.cli.deliveries import list_deliveries, redeliver
from service.cli.events import events
from service.cli.export import export
from service.cli.moment import Moment


@pytest.mark.parametrize("verb", [list_deliveries, redeliver, events, export])
def test_every_verb_takes_the_same_times(verb):
    types = {option.name: option.type for option in verb.params if option.name in {"since", "until"}}
    assert {name: type(found) for name, found in types.items()} == {"since": Moment, "until": Moment}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-11-22", datetime(2026, 11, 22, tzinfo=UTC)),
        ("2026-11-22T21:10:22", datetime(2026, 11, 22, 21, 10, 22, tzinfo=UTC)),
        ("2026-11-22T23:10:22+02:00", datetime(2026, 11, 22, 21, 10, 22, tzinfo=UTC)),
    ],
)
def test_a_time_is_utc_where_it_names_no_zone(text, said):
    assert Moment().convert(text, None, None) == said


def test_how_long_ago_is_a_time_too():
    before = datetime.now(UTC)
    said = Moment().convert("7d", None, None)
    assert before <= said + timedelta(days=7) <= datetime.now(UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "9999-12-31T23:00", "9000-01-01", "0001-01-01T00:00:00+05:00", "1969-12-31", "999999d", "-1d"]
)
def test_what_is_no_time_that_anything_happened_at_is_refused(text):
    with pytest.raises(click.BadParameter, match="is neither a time in ISO 8601 from 1970 on"):
        Moment().convert(text, None, None)
