"""The documents of `/2010-04-01`, as models: their JSON schemas stand in the API's description."""

from typing import Annotated, Any, Literal

from pydantic import Field

from service.api.openapi.fields import (
    AccountSid,
    Base64,
    CallSid,
    ConferenceSid,
    Document,
    Price,
    PublicKeySid,
    RecordingSid,
    Rfc2822,
    Seconds,
    TranscriptionSid,
    Uri,
)
from service.domain.values import Source, Track

Status = Literal["in-progress", "paused", "stopped", "processing", "completed", "absent"]


class Error(Document):
    """What was wrong, in Twilio's codes and in words."""

    code: int
    detail: str = Field(default="", description="More words; only where there are any.")
    message: str
    more_info: str
    status: int


class EncryptionDetails(Document):
    """How an encrypted recording is decrypted; each value under the older and the newer of Twilio's names."""

    type: Literal["rsa-aes"]
    public_key_sid: PublicKeySid
    encrypted_cek: Base64
    iv: Base64
    encryption_public_key_sid: PublicKeySid
    encryption_cek: Base64
    encryption_iv: Base64


class _Recording(Document):
    account_sid: AccountSid
    api_version: Literal["2010-04-01"]
    call_sid: CallSid | None
    conference_sid: ConferenceSid | None
    channels: Literal[1, 2]
    date_created: Rfc2822
    date_updated: Rfc2822
    start_time: Rfc2822
    price: Price | None
    price_unit: str | None
    duration: Seconds | None
    sid: RecordingSid
    source: Source
    error_code: Annotated[int, Field(description="Why it is absent.")] | None
    encryption_details: EncryptionDetails | None
    uri: Uri


class SubresourceUris(Document):
    add_on_results: Uri
    transcriptions: Uri


class AccountRecording(_Recording):
    """A recording as its account's path shows it."""

    status: Literal[Status, "deleted"]
    subresource_uris: SubresourceUris
    media_url: Annotated[str, Field(pattern="^https?://", description="Its sound: add .wav or .mp3.")]


class CallRecording(_Recording):
    """A recording as its call's path shows it."""

    call_sid: CallSid
    status: Status
    track: Track


class ConferenceRecording(_Recording):
    """A recording as its conference's path shows it."""

    conference_sid: ConferenceSid
    status: Status


class TranscriptionDocument(Document):
    account_sid: AccountSid
    api_version: Literal["2010-04-01"]
    date_created: Rfc2822
    date_updated: Rfc2822
    duration: Seconds | None
    price: Price
    price_unit: str | None
    recording_sid: RecordingSid
    sid: TranscriptionSid
    status: Literal["completed", "failed", "in-progress"]
    transcription_text: str | None
    type: Literal["fast"]
    uri: Uri


class AccountDocument(Document):
    auth_token: None
    date_created: Rfc2822
    date_updated: Rfc2822
    friendly_name: str
    owner_account_sid: AccountSid
    sid: AccountSid
    status: Literal["active"]
    subresource_uris: dict[str, Uri]
    type: Literal["Full"]
    uri: Uri


class _Page(Document):
    end: int
    first_page_uri: Uri
    next_page_uri: Uri | None
    page: int
    page_size: int
    previous_page_uri: Uri | None
    start: int
    uri: Uri


class AccountRecordings(_Page):
    recordings: list[AccountRecording]


class CallRecordings(_Page):
    recordings: list[CallRecording]


class ConferenceRecordings(_Page):
    recordings: list[ConferenceRecording]


class Transcriptions(_Page):
    transcriptions: list[TranscriptionDocument]


class AddOnResults(_Page):
    """Add-ons are Twilio's; here there are never any."""

    add_on_results: Annotated[list[Any], Field(max_length=0)]


class Accounts(_Page):
    accounts: list[AccountDocument]
