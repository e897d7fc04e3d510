"""The analytics API: what an account's recordings came to, day by day."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from aiohttp import web

from service.api.errors import invalid
from service.api.pages import PAGING, page_asked
from service.api.services import SERVICES
from service.api.v1.lists import respond_page
from service.api.v1.switch import refuse_query
from service.projections.usage import UsageDay

DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


async def daily(request: web.Request) -> web.Response:
    refuse_query(request, "StartDate", "EndDate", *PAGING)
    first, last = _day(request, "StartDate"), _day(request, "EndDate")
    if first and last and first > last:
        raise invalid(f"StartDate must not be after EndDate; {first} is after {last}")
    asked = page_asked(request, DAY)
    if asked.cursor:
        _date("PageToken", asked.cursor.sid)
    page = await request.app[SERVICES].usage.page(request.match_info["account"], first, last, asked.cursor, asked.size)
    older = f"PA{page.rows[-1].sid}" if page.rows and page.has_older else None
    newer = f"PB{page.rows[0].sid}" if page.rows and page.has_newer and asked.number else None
    return respond_page(request, "daily", [document(day) for day in page.rows], asked, older=older, newer=newer)


def document(day: UsageDay) -> dict[str, Any]:
    return {
        "account_sid": day.account_sid,
        "date": day.day.isoformat(),
        "started": day.started,
        "completed": day.completed,
        "absent": day.absent,
        "absent_by_code": day.absent_by_code,
        "deleted": day.deleted,
        "seconds_recorded": day.seconds_recorded,
        "seconds_paused": float(day.seconds_paused),
        "duration": {"median": _seconds(day.duration_median), "p95": _seconds(day.duration_p95)},
        "stop_to_completed": {"median": _seconds(day.finishing_median), "p95": _seconds(day.finishing_p95)},
        "callbacks": {
            "delivered": day.delivered,
            "failed": day.failed,
            "discarded": day.discarded,
            "pending": day.pending,
        },
    }


def _seconds(exact: Decimal | None) -> float | None:
    return None if exact is None else float(exact)


def _day(request: web.Request, name: str) -> date | None:
    text = request.query.get(name)
    return None if text is None else _date(name, text)


def _date(name: str, text: str) -> date:
    try:
        if re.fullmatch(DAY, text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # digits in the right places, and no such day
    raise invalid(f"{name} must be a day such as 2026-11-22; it was '{text}'")


ROUTES = [web.get("/v1/Accounts/{account}/Analytics/Daily", daily)]
