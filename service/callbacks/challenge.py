"""WWW-Authenticate taken apart: any number of challenges in any number of headers (RFC 9110, section 11.6.1)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_GAP = re.compile(r"[\s,]*")
_PARAMETER = re.compile(rf'({_WORD})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))', re.DOTALL)
_SCHEME = re.compile(rf"({_WORD})(?=[\s,]|$)")
_JUNK = re.compile(r"[^,]*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Scheme and names in lower case; of a name given twice the first counts."""

    scheme: str
    parameters: Mapping[str, str]

    @property
    def is_stale(self) -> bool:
        """Whether the password was right and only the nonce too old."""
        return self.parameters.get("stale", "").lower() == "true"


def challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Read the values of all WWW-Authenticate headers. What cannot be read is passed over to the next comma."""
    found: list[tuple[str, dict[str, str]]] = []
    for text in headers:
        at = _end(_GAP.match(text))
        while at < len(text):
            if found and (parameter := _PARAMETER.match(text, at)):
                name, quoted, bare = parameter.groups()
                found[-1][1].setdefault(name.lower(), bare if quoted is None else _ESCAPED.sub(r"\1", quoted))
                at = parameter.end()
            elif scheme := _SCHEME.match(text, at):
                found.append((scheme[1].lower(), {}))
                at = scheme.end()
            else:
                at = _end(_JUNK.match(text, at))
            at = _end(_GAP.match(text, at))
    return tuple(Challenge(scheme=scheme, parameters=parameters) for scheme, parameters in found)


def _end(match: re.Match[str] | None) -> int:
    return match.end() if match else 0
