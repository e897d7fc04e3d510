"""A time on a command line: a point, or how long ago."""

import re
from datetime import UTC, datetime, timedelta

import click

_AGO = re.compile("([0-9]{1,6})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


class Moment(click.ParamType[datetime]):
    """A time in ISO 8601, or a duration before now: `90m`, `24h`, `7d`."""

    name = "time"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:  # noqa: ARG002 - click's signature
        return "TIME|24h|7d"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from service.application.moments import WRITTEN, moment

        if isinstance(value, datetime):
            return value
        try:
            ago = _AGO.fullmatch(value)
            return moment((datetime.now(UTC) - int(ago[1]) * _UNITS[ago[2]]).isoformat() if ago else value)
        except (ValueError, OverflowError):
            self.fail(f"'{value}' is neither {WRITTEN}, nor how long ago, as 90m, 24h or 7d", param, ctx)
