"""What seals say of one account's log, held against it as it is read."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from service.audit.fault import Fault
from service.audit.merkle import Frontier, Subtree
from service.audit.subtrees import STORED


class Mark(NamedTuple):
    """The log's length and root under seal `n`."""

    n: int
    length: int
    root: bytes


class Marks:
    """`marks` in the order of their seals; `nodes` are the stored ones."""

    def __init__(self, account_sid: str, marks: Sequence[Mark], nodes: Mapping[Subtree, bytes]) -> None:
        self._account_sid = account_sid
        self._marks = list(marks)
        self._nodes = dict(nodes)
        self._reached = 0
        self._frontier = Frontier()
        self._suspect: Subtree | None = None
        self.fault = self._shrunk()

    @property
    def size(self) -> int:
        return self._frontier.size

    def length_at(self, n: int) -> int:
        return max((mark.length for mark in self._marks if mark.n <= n), default=0)

    def skip(self, frontier: Frontier) -> None:
        """Go on from here: what is stored of the log before it is not looked at."""
        self._frontier = frontier
        while self._reached < len(self._marks) and self._marks[self._reached].length < frontier.size:
            self._reached += 1
        self._nodes = {node: found for node, found in self._nodes.items() if node.span.end > frontier.size}
        self.fault = self.fault or self._at_mark()

    def take(self, leaf: bytes) -> Fault | None:
        """Take the next event's hash."""
        for node, found in self._frontier.add(leaf):
            if node.level >= STORED and node.span.end <= self._sealed and self._nodes.pop(node, None) != found:
                self._suspect = self._suspect or node
        return self._at_mark()

    def at_end(self) -> Fault | None:
        """Say what is wrong when no event is left."""
        if self._reached < len(self._marks):
            return self._differing(self._marks[self._reached], f": the log ends at {self.size}")
        return self._stray(self._suspect or min(self._nodes, default=None))

    @property
    def _sealed(self) -> int:
        return self._marks[-1].length if self._marks else 0

    def _at_mark(self) -> Fault | None:
        if self._reached == len(self._marks) or self.size != self._marks[self._reached].length:
            return None
        mark = self._marks[self._reached]
        self._reached += 1
        if self._frontier.root() == mark.root:
            return self._stray(self._suspect)
        return self._differing(mark)

    def _differing(self, mark: Mark, more: str = "") -> Fault:
        """Say which events differ, as far as seals prove it; stored nodes are not signed, and so but a hint."""
        first = max((before.length for before in self._marks if before.n < mark.n), default=0) + 1
        within = f"from {first} to {mark.length}" if first < mark.length else f"at {first}"
        hint = f"; the stored Merkle nodes differ from {self._suspect.span.begin + 1} on" if self._suspect else ""
        return self._found(
            f"the events {within} are not those that seal {mark.n} was made over{more}{hint}", mark, first
        )

    def _stray(self, node: Subtree | None) -> Fault | None:
        if node is None:
            return None
        what = f"the stored Merkle node {node.level}/{node.number} is not what the events give"
        return Fault(what=what, account_sid=self._account_sid, position=node.span.begin + 1)

    def _shrunk(self) -> Fault | None:
        for before, mark in zip(self._marks, self._marks[1:], strict=False):
            if mark.length <= before.length:
                return self._found(f"under seal {mark.n} the log is no longer than before", mark, mark.length + 1)
        return None

    def _found(self, what: str, mark: Mark, position: int) -> Fault:
        return Fault(what=what, account_sid=self._account_sid, position=position, seal=mark.n)
