"""How a password is told to who asks for it: Digest (RFC 7616, RFC 2617 for older servers) or Basic (RFC 7617)."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from service.callbacks.challenge import Challenge

_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "md5": partial(hashlib.md5, usedforsecurity=False),
    "sha-256": hashlib.sha256,
}
_WEAKEST_FIRST = ("md5", "md5-sess", "sha-256", "sha-256-sess")
_ECHOED = ("realm", "nonce", "opaque", "algorithm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is protected, and what makes the answer to its challenge unlike any other: `count` uses of one nonce."""

    method: str
    uri: str
    cnonce: str
    count: int = 1


def strongest(challenges: Iterable[Challenge]) -> Challenge | None:
    """Return the challenge that is best answered: Digest before Basic, None when none can be."""
    return max((one for one in challenges if _strength(one)), key=_strength, default=None)


def answer(challenge: Challenge, credentials: tuple[str, str], asked: Asked) -> str:
    """Return the Authorization header for a challenge that `strongest` chose."""
    user, password = credentials
    if challenge.scheme == "basic":
        return "Basic " + b64encode(f"{user}:{password}".encode()).decode()
    told = challenge.parameters
    count = f"{asked.count:08x}"
    fields = {
        **_username(user),
        "realm": _quoted(told["realm"]),
        "nonce": _quoted(told["nonce"]),
        "uri": _quoted(asked.uri),
        "response": _quoted(_response(challenge, credentials, asked, count)),
    }
    if "algorithm" in told:
        fields["algorithm"] = told["algorithm"]
    if "opaque" in told:
        fields["opaque"] = _quoted(told["opaque"])
    if _qops(challenge):
        fields |= {"qop": "auth", "nc": count, "cnonce": _quoted(asked.cnonce)}
    return "Digest " + ", ".join(f"{name}={value}" for name, value in fields.items())


def _strength(challenge: Challenge) -> int:
    """Return 0 for what cannot be answered; what would be sent back must not be able to break a header."""
    told = challenge.parameters
    if challenge.scheme != "digest":
        return int(challenge.scheme == "basic")
    algorithm, qops = _algorithm(challenge), _qops(challenge)
    is_whole = "realm" in told and bool(told.get("nonce"))
    is_known = algorithm in _WEAKEST_FIRST and ("auth" in qops or not (qops or algorithm.endswith("-sess")))
    if not (is_whole and is_known and all(told.get(name, "").isprintable() for name in _ECHOED)):
        return 0
    return 2 + _WEAKEST_FIRST.index(algorithm)


def _algorithm(challenge: Challenge) -> str:
    return challenge.parameters.get("algorithm", "MD5").lower()


def _qops(challenge: Challenge) -> list[str]:
    return challenge.parameters.get("qop", "").lower().replace(",", " ").split()


def _response(challenge: Challenge, credentials: tuple[str, str], asked: Asked, count: str) -> str:
    user, password = credentials
    realm, nonce = challenge.parameters["realm"], challenge.parameters["nonce"]
    algorithm = _algorithm(challenge)
    make = _HASHES[algorithm.removesuffix("-sess")]

    def hashed(*parts: str) -> str:
        return make(":".join(parts).encode()).hexdigest()

    secret = hashed(user, realm, password)
    if algorithm.endswith("-sess"):
        secret = hashed(secret, nonce, asked.cnonce)
    once = (nonce, count, asked.cnonce, "auth") if _qops(challenge) else (nonce,)
    return hashed(secret, *once, hashed(asked.method, asked.uri))


def _username(user: str) -> dict[str, str]:
    """Return the user's name, in RFC 8187's form when a quoted string cannot hold it."""
    if user.isascii() and user.isprintable():
        return {"username": _quoted(user)}
    return {"username*": "UTF-8''" + quote(user, safe="")}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
