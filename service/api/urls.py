"""Which URL of a customer's a callback may be sent to: asked of both dialects at the door."""

from service.callbacks.target import InvalidUrl, Target

LONGEST_URL = 4000


def is_callback_url(url: str) -> bool:
    """Whether `url` is an absolute http or https URL that a request line, the database and a document can hold."""
    if len(url) > LONGEST_URL or " " in url or not url.isprintable():
        return False
    try:
        Target.parse(url)
    except InvalidUrl:
        return False
    return True
