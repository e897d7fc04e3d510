"""A recording's document in Twilio's names: every field, nulls too, and the keys of each view (Recording resource)."""

from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from functools import lru_cache
from typing import Any, Literal

import orjson

from service.application.views import RecordingView

API_VERSION = "2010-04-01"
View = Literal["account", "call", "conference"]
SHOWN_WHEN_FETCHED = {"in-progress": "processing", "paused": "processing", "stopped": "processing"}


def recording_document(row: RecordingView, view: View, public_url: str, *, live: bool = False) -> dict[str, Any]:
    """Return the document; `live` shows paused, in-progress and stopped, as an answer to create and update does."""
    price = None if row.price is None else _price(row.price, view)
    document: dict[str, Any] = {
        "account_sid": row.account_sid,
        "api_version": API_VERSION,
        "call_sid": row.call_sid,
        "conference_sid": row.conference_sid,
        "channels": row.channels,
        "date_created": rfc2822(row.date_created),
        "date_updated": rfc2822(row.date_updated),
        "start_time": rfc2822(row.start_time),
        "price": price,
        "price_unit": None if price is None else row.price_unit,
        "duration": None if row.duration is None else str(row.duration),
        "sid": row.sid,
        "source": row.source,
        "status": row.live_status if live else SHOWN_WHEN_FETCHED.get(row.live_status, row.live_status),
        "error_code": row.error_code,
        "encryption_details": _encryption(row.encryption),
    }
    return document | _of_view(row, view, public_url)


def _of_view(row: RecordingView, view: View, public_url: str) -> dict[str, Any]:
    """Return the fields that each view has for itself."""
    account = f"/{API_VERSION}/Accounts/{row.account_sid}"
    if view == "call":
        return {"track": row.track, "uri": f"{account}/Calls/{row.call_sid}/Recordings/{row.sid}.json"}
    if view == "conference":
        return {"uri": f"{account}/Conferences/{row.conference_sid}/Recordings/{row.sid}.json"}
    recording = f"{account}/Recordings/{row.sid}"
    names = {"add_on_results": "AddOnResults", "transcriptions": "Transcriptions"}
    return {
        "subresource_uris": {key: f"{recording}/{name}.json" for key, name in names.items()},
        "media_url": row.media_url or public_url + recording,
        "uri": f"{recording}.json",
    }


def _encryption(told: str | None) -> dict[str, str] | None:
    """Return the details under all the names that clients read them by: two generations of Twilio's own."""
    if told is None:
        return None
    key, cek, iv = (orjson.loads(told)[name] for name in ("public_key_sid", "encrypted_cek", "iv"))
    newer = {"encryption_public_key_sid": key, "encryption_cek": cek, "encryption_iv": iv}
    return {"type": "rsa-aes", "public_key_sid": key, "encrypted_cek": cek, "iv": iv} | newer


@lru_cache(4096)
def rfc2822(moment: datetime) -> str:
    """Return the time as Twilio writes it. Remembered: a recording is read more often than it changes."""
    return format_datetime(moment)


def _price(price: Decimal, view: View) -> str:
    return f"{price:.5f}" if view == "account" else f"{price.normalize():f}"
