"""Merkle trees as RFC 9162 (Certificate Transparency) has them: roots, the paths of proofs, and how these are checked.

A leaf is hashed behind a zero byte, two hashes behind a one. A tree of any size is cut at the largest power of two.
"""

from collections.abc import Sequence
from functools import reduce
from hashlib import sha256
from itertools import pairwise
from typing import NamedTuple

EMPTY = sha256(b"").digest()
"""The root over nothing."""


class Span(NamedTuple):
    """Leaves from `begin` up to `end`, counted from 0."""

    begin: int
    end: int


class Subtree(NamedTuple):
    """The complete subtree of 2 ** `level` leaves that is `number` of its level, counted from 0."""

    level: int
    number: int

    @property
    def span(self) -> Span:
        return Span(self.number << self.level, (self.number + 1) << self.level)


def leaf_hash(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def joined(hashes: Sequence[bytes]) -> bytes:
    """Return the root over neighbouring subtrees, each smaller than the one before it."""
    *rest, last = hashes or (EMPTY,)
    return reduce(lambda right, left: node_hash(left, right), reversed(rest), last)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return what lies under each hash of the path that proves leaf `index` of `size`, from the leaf up."""
    begin, end, spans = 0, size, []
    while end - begin > 1:
        middle = begin + _half(end - begin)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    return spans[::-1]


def consistency_spans(first: int, second: int) -> list[Span]:
    """Return what lies under each hash of the path that proves a tree of `first` leaves the beginning of another."""
    begin, end, spans = 0, second, []
    while end != first:
        middle = begin + _half(end - begin)
        if first <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(begin, middle))
            begin = middle
    return [*([Span(begin, end)] if begin else []), *spans[::-1]]


def subtrees(span: Span) -> list[Subtree]:
    """Return the complete subtrees that a span of a tree consists of, left to right: `joined` puts them together."""
    begin, found = span.begin, []
    while begin < span.end:
        level = (span.end - begin).bit_length() - 1
        found.append(Subtree(level, begin >> level))
        begin += 1 << level
    return found


def is_included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether `path` leads from the hash of leaf `index` to the root over `size` leaves (RFC 9162 §2.1.3.2)."""
    place, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return 0 <= index < size and last == 0 and found == root


def is_consistent(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Say whether `path` proves that the tree of `second` leaves begins with that of `first` (RFC 9162 §2.1.4.2)."""
    if first == second:
        return not path and first_root == second_root
    if not 0 < first < second or not path:
        return False
    start, *rest = path if first & (first - 1) else (first_root, *path)
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = start
    for sibling in rest:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root


class Frontier:
    """A tree that only grows, of which nothing is kept but the roots of the subtrees it consists of."""

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        self.size = size
        self._roots = list(roots)

    def add(self, leaf: bytes) -> list[tuple[Subtree, bytes]]:
        """Append a leaf; return the subtrees of two leaves and more that it completes."""
        number, level, found, completed = self.size, 0, leaf_hash(leaf), []
        while number & 1:
            number, level, found = number >> 1, level + 1, node_hash(self._roots.pop(), found)
            completed.append((Subtree(level, number), found))
        self._roots.append(found)
        self.size += 1
        return completed

    def root(self) -> bytes:
        return joined(self._roots)


class Tree:
    """A tree that is held whole, for some leaves change: `hashes` are its leaves'."""

    def __init__(self, hashes: Sequence[bytes]) -> None:
        self._levels = [list(hashes)]
        while len(self._levels[-1]) > 1:
            lower = self._levels[-1]
            self._levels.append([_parent(lower, number) for number in range((len(lower) + 1) // 2)])

    def replace(self, index: int, found: bytes) -> None:
        self._levels[0][index] = found
        for lower, upper in pairwise(self._levels):
            index >>= 1
            upper[index] = _parent(lower, index)

    def root(self) -> bytes:
        return self._levels[-1][0] if self._levels[0] else EMPTY

    def path(self, index: int) -> list[bytes]:
        """Return the siblings of leaf `index` and of what lies above it, from the leaf up."""
        return [
            level[place] for height, level in enumerate(self._levels) if (place := index >> height ^ 1) < len(level)
        ]


def _parent(lower: Sequence[bytes], number: int) -> bytes:
    left, *right = lower[2 * number : 2 * number + 2]
    return node_hash(left, *right) if right else left


def _half(size: int) -> int:
    """Return the largest power of two that is smaller than `size`."""
    return 1 << (size - 1).bit_length() - 1
