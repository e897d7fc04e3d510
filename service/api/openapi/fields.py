"""What the fields of the service's documents look like."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

AccountSid = Annotated[str, Field(pattern="^AC[0-9a-fA-F]{32}$")]
CallSid = Annotated[str, Field(pattern="^CA[0-9a-fA-F]{32}$")]
ConferenceSid = Annotated[str, Field(pattern="^CF[0-9a-fA-F]{32}$")]
PublicKeySid = Annotated[str, Field(pattern="^CR[0-9a-fA-F]{32}$")]
RecordingSid = Annotated[str, Field(pattern="^RE[0-9a-fA-F]{32}$")]
LinkSid = Annotated[str, Field(pattern="^LK[0-9a-f]{32}$")]
DeliverySid = Annotated[str, Field(pattern="^DL[0-9a-fA-F]{32}$")]
TranscriptionSid = Annotated[str, Field(pattern="^TR[0-9a-fA-F]{32}$")]
Rfc2822 = Annotated[
    str,
    Field(
        pattern=r"^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4} "
        r"[0-9]{2}:[0-9]{2}:[0-9]{2} \+0000$",
        examples=["Fri, 14 Oct 2016 21:56:34 +0000"],
    ),
]
Iso8601 = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$",
        examples=["2026-11-22T21:10:22.123456Z"],
    ),
]
Seconds = Annotated[str, Field(pattern="^[0-9]+$", description="Whole seconds; null until it is known.")]
Price = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", description="Null until it is known.")]
Uri = Annotated[str, Field(pattern="^/2010-04-01/", description="A path without scheme and host.")]
Base64 = Annotated[str, Field(pattern="^[A-Za-z0-9+/]+=*$")]
Signature = Annotated[str, Field(pattern="^[0-9a-f]{128}$")]
Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Document(BaseModel):
    """A JSON object: every key is always there, null where it says nothing, and no other is."""

    model_config = ConfigDict(extra="forbid")
