"""What of a customer's URL is shown: all but its password to the customer, none of its secrets to auditors."""

import re
from urllib.parse import urlsplit

MASK = "***"
_PASSWORD = re.compile(r"(https?://[^/?#\\:]*:)[^/?#\\]*@", re.IGNORECASE)


def without_password(url: str) -> str:
    return _PASSWORD.sub(rf"\1{MASK}@", url, count=1)


def without_secrets(url: str) -> str:
    """Return the URL without its password, its query's values and its fragment; a name alone before `@` is one too."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASK
    userinfo, at, place = parts.netloc.rpartition("@")
    user, colon, _ = userinfo.partition(":")
    netloc = f"{user if colon else ''}{colon}{MASK}@{place}" if at else place
    query = "&".join(map(_masked_field, re.split("[&;]", parts.query))) if parts.query else ""
    return parts._replace(netloc=netloc, query=query, fragment=parts.fragment and MASK).geturl()


def _masked_field(field: str) -> str:
    name, equals, _ = field.partition("=")
    # Without a name it is all value.
    return f"{name}={MASK}" if equals else field and MASK
