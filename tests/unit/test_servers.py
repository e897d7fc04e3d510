"""The suite runs on the oldest and the newest PostgreSQL that the service supports."""

from servers import NEWEST, OLDEST, servers
from service.postgres.migrate import OLDEST_SERVER


def test_the_oldest_and_the_newest_are_among_them():
    assert {OLDEST, NEWEST} <= servers().keys()
    assert OLDEST * 10000 == OLDEST_SERVER
