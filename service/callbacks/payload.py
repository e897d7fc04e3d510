"""The parameters of a RecordingStatusCallback (Twilio: Recording resource, RecordingStatusCallback parameters)."""

from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

import orjson

from service.domain.events import Encryption, Event, RecordingAbsent, RecordingCompleted, RecordingStarted

_formatted = lru_cache(maxsize=64)(format_datetime)
"""Many recordings start in the same second, which is all that is told."""


def callback_event(event: Event) -> str | None:
    """Return the name by which a callback can be asked for, None for what Twilio never tells of."""
    match event:
        case RecordingStarted():
            return "in-progress"
        case RecordingCompleted():
            return "completed"
        case RecordingAbsent():
            return "absent"
        case _:
            return None


def parameters(
    account_sid: str, recording_sid: str, started: RecordingStarted, start_time: datetime, event: Event
) -> dict[str, str]:
    """Return what is told about `event`, by name; only what is true at that event, whatever came later."""
    media_url = event.media_url if isinstance(event, RecordingCompleted) else None
    here = f"{started.public_url.rstrip('/')}/2010-04-01/Accounts/{account_sid}/Recordings/{recording_sid}"
    told = {
        "AccountSid": account_sid,
        "RecordingSid": recording_sid,
        "RecordingUrl": media_url or here,
        "RecordingStatus": callback_event(event) or "",
        "RecordingChannels": str(started.channels),
        "RecordingStartTime": _formatted(start_time.replace(microsecond=0)),
        "RecordingSource": started.source.value,
        "RecordingTrack": started.track.value,
    }
    if started.conference_sid:
        told["ConferenceSid"] = started.conference_sid
    else:
        told["CallSid"] = started.call_sid or ""
    match event:
        case RecordingCompleted():
            told |= {"RecordingDuration": str(event.duration), "ErrorCode": "0"}
            if event.encryption:
                told["EncryptionDetails"] = _details(event.encryption)
        case RecordingAbsent():
            told["ErrorCode"] = str(event.error_code)
        case _:
            pass
    return told


def _details(encryption: Encryption) -> str:
    """Return the JSON that Twilio's real callbacks carry; the resource has the newer names beside these."""
    details = {
        "type": "rsa-aes",
        "public_key_sid": encryption.public_key_sid,
        "encrypted_cek": encryption.encrypted_cek,
        "iv": encryption.iv,
    }
    return orjson.dumps(details).decode()
