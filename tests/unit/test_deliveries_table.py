"""How `recordkeeper deliveries list` shows a delivery."""

import pytest

from service.cli.deliveries import _line


@pytest.mark.parametrize(("is_fallback", "host"), [(False, "example.com:443"), (True, "example.com:443 (fallback)")])
def test_a_fallback_is_marked(is_fallback, host):
    found = dict.fromkeys(("event", "recording_sid", "sid", "status")) | {"attempts": [], "host": "example.com:443"}
    shown = _line(found | {"occurred_at": "2026-11-24T08:30:00.000000Z", "is_fallback": is_fallback})
    assert (shown["time"], shown["host"]) == ("2026-11-24 08:30:00.000", host)
