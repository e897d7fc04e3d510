"""Merkle trees: the vectors of Certificate Transparency, the RFC's own words, and proofs of every size to 70."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.audit.merkle import (
    EMPTY,
    Frontier,
    Span,
    Tree,
    consistency_spans,
    inclusion_spans,
    is_consistent,
    is_included,
    joined,
    leaf_hash,
    subtrees,
)

# What the implementations of RFC 6962 are tested with: eight leaves, and the root over the first so many of them.
LEAVES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUDED = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (0, 1): [],
}
CONSISTENT = {
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (8, 8): [],
}
SIZES = st.integers(1, 70)


def mth(leaves: list[bytes]) -> bytes:
    """Return the root as RFC 9162 §2.1.1 defines it."""
    if len(leaves) <= 1:
        return sha256(b"\0" + leaves[0]).digest() if leaves else sha256(b"").digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def over(spans: list[Span], leaves: list[bytes]) -> list[bytes]:
    """Return the hash of each span, made of those of the subtrees in it."""
    return [joined([mth(leaves[slice(*each.span)]) for each in subtrees(span)]) for span in spans]


def grown(leaves: list[bytes]) -> Frontier:
    frontier = Frontier()
    for leaf in leaves:
        for subtree, found in frontier.add(leaf):
            assert found == mth(leaves[slice(*subtree.span)])
    return frontier


def test_the_roots_are_those_of_certificate_transparency():
    assert Tree([]).root() == grown([]).root() == EMPTY == sha256(b"").digest()
    for size, root in enumerate(ROOTS, 1):
        leaves = LEAVES[:size]
        assert {mth(leaves), grown(leaves).root(), Tree(list(map(leaf_hash, leaves))).root()} == {bytes.fromhex(root)}


@pytest.mark.parametrize(("index", "size"), INCLUDED)
def test_the_paths_of_inclusion_are_those_of_certificate_transparency(index, size):
    assert [found.hex() for found in over(inclusion_spans(index, size), LEAVES)] == INCLUDED[index, size]


@pytest.mark.parametrize(("first", "second"), CONSISTENT)
def test_the_paths_of_consistency_are_those_of_certificate_transparency(first, second):
    assert [found.hex() for found in over(consistency_spans(first, second), LEAVES)] == CONSISTENT[first, second]


@pytest.mark.parametrize("size", range(1, 71))
def test_every_leaf_of_every_size_is_proved_and_nothing_else(size):
    leaves = [bytes([number]) for number in range(size)]
    tree, root = Tree(list(map(leaf_hash, leaves))), mth(leaves)
    assert tree.root() == grown(leaves).root() == root
    for index, leaf in enumerate(map(leaf_hash, leaves)):
        path = over(inclusion_spans(index, size), leaves)
        assert path == tree.path(index)
        assert is_included(leaf, index, size, path, root)
        assert not is_included(leaf, index + 1, size, path, root)
        assert not is_included(leaf_hash(b"other"), index, size, path, root)
        assert not is_included(leaf, index, size, [*path, root], root)
        assert not path or not is_included(leaf, index, size, path[:-1], root)
    for first in range(1, size + 1):
        path, first_root = over(consistency_spans(first, size), leaves), mth(leaves[:first])
        assert is_consistent(first, size, first_root, root, path)
        assert not is_consistent(first, size, EMPTY, root, path)
        assert not is_consistent(first, size, first_root, EMPTY, path)
        assert not is_consistent(first, size, first_root, root, [*path, root])
        assert not path or not is_consistent(first, size, first_root, root, path[:-1])


@settings(max_examples=200, deadline=None)
@given(size=SIZES, data=st.data())
def test_a_tree_in_which_leaves_change_is_the_tree_of_what_they_became(size, data):
    leaves = [bytes([number]) for number in range(size)]
    tree = Tree(list(map(leaf_hash, leaves)))
    for index in data.draw(st.lists(st.integers(0, size - 1), max_size=5)):
        leaves[index] += b"!"
        tree.replace(index, leaf_hash(leaves[index]))
    assert tree.root() == mth(leaves)


@settings(max_examples=200, deadline=None)
@given(first=SIZES, second=SIZES, changed=SIZES)
def test_no_path_leads_from_a_past_that_was_changed(first, second, changed):
    if not changed <= first < second:
        return
    leaves = [bytes([number]) for number in range(second)]
    path, root = over(consistency_spans(first, second), leaves), mth(leaves)
    past = leaves[:first]
    past[changed - 1] += b"!"
    assert not is_consistent(first, second, mth(past), root, path)
    # Nor does the path of the changed tree to the root that was sealed.
    assert not is_consistent(
        first, second, mth(past), root, over(consistency_spans(first, second), past + leaves[first:])
    )


@given(size=SIZES)
def test_a_frontier_goes_on_from_the_roots_of_its_subtrees(size):
    leaves = [bytes([number]) for number in range(size + 9)]
    roots = [mth(leaves[slice(*each.span)]) for each in subtrees(Span(0, size))]
    frontier = Frontier(size, roots)
    assert frontier.root() == mth(leaves[:size])
    for leaf in leaves[size:]:
        frontier.add(leaf)
    assert frontier.root() == mth(leaves)
