"""Ports that callbacks may use, as an operator writes them: `80, 443, 8000-8999`."""

import re
from dataclasses import dataclass
from typing import Self

LAST_PORT = 65535
_PORTS = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ports:
    """The ports from `first` to `last`, both included."""

    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raise ValueError unless `text` is a port or a range of them."""
        match = _PORTS.fullmatch(text)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 0 < first <= last <= LAST_PORT:
            raise ValueError(
                f"'{text}' is no port from 1 to {LAST_PORT} nor a range; write ports as 80, 443, 8000-8999"
            )
        return cls(first, last)

    def __contains__(self, port: int) -> bool:
        return self.first <= port <= self.last

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
