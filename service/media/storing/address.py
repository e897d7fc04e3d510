"""Where a store is, as an operator writes it: `s3://bucket/prefix?region=…`, `gs://bucket/prefix`, `az://account/container`."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit

LOCAL: Final = "local"
"""Stands for the data folder where a store's URL could stand."""
_OPTIONS: Final = {
    "s3": ("region", "endpoint", "credentials"),
    "gs": ("credentials",),
    "az": ("endpoint", "credentials"),
}
_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", re.ASCII)
_SEGMENT = re.compile(r"(?!\.{1,2}$)[\w.=~+-]+", re.ASCII)
_ENDPOINT = re.compile(r"https?://[\w.-]+(:\d{1,5})?(/[\w.~-]+)*", re.ASCII)
_REGION = re.compile(r"[a-z0-9-]+", re.ASCII)
_CREDENTIALS = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_ALLOWED = {"region": _REGION, "endpoint": _ENDPOINT, "credentials": _CREDENTIALS}


class InvalidStore(ValueError):  # noqa: N818 - an answer to the operator
    """What was written is no store; the message says why, and what would be one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreAddress:
    """`account` is Azure's. `credentials` names the set of variables to sign with; empty: the SDKs' own names."""

    url: str
    scheme: str
    account: str
    bucket: str
    prefix: str
    region: str
    endpoint: str
    credentials: str

    @property
    def name(self) -> str:
        """What it is called where people read: scheme and bucket."""
        return f"{self.scheme}://{self.account}{'/' if self.account else ''}{self.bucket}"

    @property
    def has_host_of_its_own(self) -> bool:
        """Whether the bucket's name is part of the host, as AWS has it; not with a dot, for the certificate's sake."""
        return self.scheme == "s3" and not self.endpoint and "." not in self.bucket

    @property
    def origin(self) -> str:
        """What the store's URLs begin with."""
        if self.endpoint:
            return self.endpoint
        if self.scheme == "az":
            return f"https://{self.account}.blob.core.windows.net"
        if self.scheme == "gs":
            return "https://storage.googleapis.com"
        return f"https://{f'{self.bucket}.' if self.has_host_of_its_own else ''}s3.{self.region}.amazonaws.com"

    def media_url(self, key: str) -> str:
        """Return the URL that an object answers at, for who is let in."""
        bucket = "" if self.has_host_of_its_own else self.bucket
        return "/".join(filter(None, (self.origin, bucket, quote(self.prefix), key)))


def parse_store(url: str) -> StoreAddress:
    """Return the store that `url` names. Raises InvalidStore."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidStore(f"it is not a URL: {error}") from None
    if parts.scheme not in _OPTIONS:
        raise InvalidStore(f"a store begins with {', '.join(f'{scheme}://' for scheme in _OPTIONS)}")
    if "@" in parts.netloc:
        # Not quoted: what stands there is secret.
        raise InvalidStore("a store's URL holds no credentials; name them in the environment")
    if parts.fragment:
        raise InvalidStore("a store's URL has no fragment (#…)")
    options = _options(parts.scheme, parts.query)
    account, bucket, path = "", parts.netloc, parts.path.strip("/")
    if parts.scheme == "az":
        account = bucket
        bucket, _, path = path.partition("/")
        if not re.fullmatch("[a-z0-9]{3,24}", account, re.ASCII):
            raise InvalidStore("an Azure store is written az://account/container/prefix")
    if not _BUCKET.fullmatch(bucket):
        raise InvalidStore(f"'{bucket}' is no name of a bucket")
    if path and not all(_SEGMENT.fullmatch(segment) for segment in path.split("/")):
        raise InvalidStore(f"'{path}' is no prefix: letters, digits and . _ - = ~ + between slashes")
    return StoreAddress(url=url, scheme=parts.scheme, account=account, bucket=bucket, prefix=path, **options)


def _options(scheme: str, query: str) -> dict[str, str]:
    found = dict.fromkeys(_ALLOWED, "")
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name not in _OPTIONS[scheme]:
            raise InvalidStore(f"{scheme}:// takes {' and '.join(_OPTIONS[scheme])}, not '{name}'")
        if not _ALLOWED[name].fullmatch(value):
            raise InvalidStore(f"{name} cannot be what it is; it should look like {_EXAMPLES[name]}")
        found[name] = value
    if scheme == "s3" and not found["region"]:
        found["region"] = "us-east-1"
    return found


_EXAMPLES = {"region": "eu-central-1", "endpoint": "https://objects.example.com", "credentials": "ARCHIVE"}


def checked_store(value: str) -> str:
    """Return `value` when it is a store's URL or LOCAL. Raises InvalidStore."""
    if value != LOCAL:
        parse_store(value)
    return value
