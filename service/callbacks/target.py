"""A URL taken apart in one place, so that what is signed, what is requested and what is counted cannot differ."""

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from ipaddress import AddressValueError, IPv6Address
from string import punctuation
from typing import Self
from urllib.parse import quote, unquote

_URL = re.compile(
    r"(https?)://(?:([^/?#\\]*)@)?(\[[^]]*]|[^/?#\\@:]*)(?::([0-9]{0,5}))?([/?][^#]*)?(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_HOST = re.compile(r"[\w.-]+|\[[0-9a-f:.]+]", re.ASCII | re.IGNORECASE)
LONGEST_HOST = 253
"""RFC 1035 §2.3.4, written out; an index entry of the queue holds a host."""
_DEFAULT_PORTS = {"http": 80, "https": 443}


class InvalidUrl(ValueError):  # noqa: N818 - it is the URL that is wrong
    """The URL is not one a callback can be sent to."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """`path` includes the query; a question mark with nothing behind it is dropped, as clients drop it.

    `host` is in lower case: Twilio's older library for Node (4.23) reads any URL so before it checks a signature.
    """

    scheme: str
    host: str
    port: int | None
    path: str
    credentials: tuple[str, str] | None = None

    @classmethod
    @lru_cache(maxsize=4096)
    def parse(cls, url: str) -> Self:
        """Raise InvalidUrl unless `url` is absolute, http or https, and names a host. A fragment is dropped."""
        match = _URL.fullmatch(url)
        if match is None:
            raise InvalidUrl("not an absolute http or https URL")
        scheme, userinfo, host, port, rest = match.groups()
        try:
            host = _host(host)
            path, _, query = quote(rest or "/", safe=punctuation).partition("?")
        except UnicodeError as error:
            raise InvalidUrl("a host name or path that cannot be encoded") from error
        except AddressValueError as error:
            raise InvalidUrl("no IPv6 address in the brackets") from error
        if not _HOST.fullmatch(host) or len(host) > LONGEST_HOST or not 0 < int(port or 1) <= 65535:  # noqa: PLR2004 - the last port there is
            raise InvalidUrl("no valid host name or port")
        user, _, password = (userinfo or "").partition(":")
        return cls(
            scheme=scheme.lower(),
            host=host,
            port=int(port) if port else None,
            path=(path or "/") + (f"?{query}" if query else ""),
            credentials=(unquote(user), unquote(password)) if userinfo else None,
        )

    @cached_property
    def destination(self) -> str:
        """Host and port, for counting what is under way to one place."""
        return f"{self.host}:{self.port or _DEFAULT_PORTS[self.scheme]}"

    @cached_property
    def url(self) -> str:
        """What is requested: no userinfo, no fragment."""
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}{self.path}"

    @cached_property
    def signed_url(self) -> str:
        """What is signed: as requested, but over https without the port (Twilio: Webhooks security)."""
        return replace(self, port=None).url if self.scheme == "https" else self.url

    def is_same_origin(self, other: "Target") -> bool:
        return (self.scheme, self.destination) == (other.scheme, other.destination)

    def with_parameters(self, encoded: str) -> "Target":
        """Return the target of a GET: form-encoded parameters behind the query that is there."""
        joint = "&" if "?" in self.path else "?"
        return replace(self, path=f"{self.path}{joint}{encoded}")


def _host(name: str) -> str:
    """Return a host as it is sent. Raises AddressValueError for brackets with no address in them."""
    if not name.startswith("["):
        return name.encode("idna").decode().lower()
    IPv6Address(name[1:-1])
    return name.lower()


def destination_of(url: str) -> str:
    """Return where `url` goes; empty when it is none that a callback can be sent to."""
    try:
        return Target.parse(url).destination
    except InvalidUrl:
        return ""
