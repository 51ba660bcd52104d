"""The tree: RFC 6962's shape, and the laws of its proofs."""

from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from sacbe_signing import merkle
from sacbe_signing.merkle import Frontier

LEAVES = tuple(merkle.leaf_hash(str(number).encode()) for number in range(70))

sizes = st.integers(min_value=0, max_value=len(LEAVES))


def by_definition(leaves: tuple[bytes, ...]) -> bytes:
    """Compute a root the way the RFC's definition reads, with no shortcut."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + by_definition(leaves[:k]) + by_definition(leaves[k:])).digest()


def test_hashes_are_separated_by_kind() -> None:
    """A leaf cannot be taken for a node: their inputs begin with different bytes."""
    assert merkle.leaf_hash(b"") == sha256(b"\x00").digest()
    assert merkle.node_hash(b"a", b"b") == sha256(b"\x01ab").digest()


def test_known_root() -> None:
    """Two leaves of the certificate-transparency vectors give the root that everybody has."""
    leaves = [merkle.leaf_hash(b""), merkle.leaf_hash(b"\x00")]
    assert merkle.root(leaves).hex() == "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"


@given(sizes)
def test_the_frontier_gives_the_roots_of_the_definition(size: int) -> None:
    """Appending one by one gives the root that the recursive definition gives."""
    assert merkle.root(LEAVES[:size]) == by_definition(LEAVES[:size])


@given(sizes.filter(bool))
def test_completed_subtrees_are_roots_of_the_last_leaves(size: int) -> None:
    """What a leaf completes are the roots of the 1, 2, 4, ... leaves that end with it."""
    appended = None
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        appended = frontier.append(leaf)
        frontier = appended.frontier
    assert appended is not None
    for level, root in enumerate(appended.completed):
        assert root == by_definition(LEAVES[size - (1 << level) : size])


@given(sizes)
def test_peaks_make_the_tree(size: int) -> None:
    """The complete subtrees named by `peak_positions` are those that the frontier keeps."""
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier = frontier.append(leaf).frontier
    expected = [
        by_definition(LEAVES[last + 1 - (1 << level) : last + 1]) for level, last in merkle.peak_positions(size)
    ]
    assert list(frontier.peaks) == expected


@given(st.data())
def test_inclusion_is_proved_for_that_leaf_alone(data: st.DataObject) -> None:
    """The proof of a leaf holds for it, and for no other leaf, index, size or root."""
    size = data.draw(sizes.filter(bool))
    index = data.draw(st.integers(min_value=0, max_value=size - 1))
    leaves = LEAVES[:size]
    proof = merkle.inclusion_proof(index, size, merkle.subtrees_of(leaves))
    root = merkle.root(leaves)
    assert merkle.verify_inclusion(leaves[index], index, size, proof, root)
    other = data.draw(st.integers(min_value=0, max_value=len(LEAVES) - 1).filter(lambda found: found != index))
    assert not merkle.verify_inclusion(LEAVES[other], index, size, proof, root)
    assert not merkle.verify_inclusion(leaves[index], other, size, proof, root)
    assert not merkle.verify_inclusion(leaves[index], index, size, (*proof, root), root)
    assert not merkle.verify_inclusion(leaves[index], index, size, proof, merkle.EMPTY_ROOT)


@given(st.data())
def test_consistency_is_proved_for_a_beginning_alone(data: st.DataObject) -> None:
    """A tree is proved to be the beginning of a longer one; another tree of that size is not."""
    new = data.draw(sizes.filter(bool))
    old = data.draw(st.integers(min_value=1, max_value=new))
    old_root, new_root = merkle.root(LEAVES[:old]), merkle.root(LEAVES[:new])
    proof = merkle.consistency_proof(old, new, merkle.subtrees_of(LEAVES[:new]))
    assert merkle.verify_consistency(old, new, old_root, new_root, proof)
    changed = data.draw(st.integers(min_value=0, max_value=old - 1))
    forged = merkle.root((*LEAVES[:changed], merkle.leaf_hash(b"forged"), *LEAVES[changed + 1 : old]))
    assert not merkle.verify_consistency(old, new, forged, new_root, proof)
    assert not merkle.verify_consistency(old, new, old_root, merkle.EMPTY_ROOT, proof)
    if proof:
        assert not merkle.verify_consistency(old, new, old_root, new_root, (*proof[:-1], merkle.EMPTY_ROOT))


def test_the_empty_tree_begins_every_tree() -> None:
    """From nothing to something there is nothing to prove, and nothing else may claim to be nothing."""
    root = merkle.root(LEAVES)
    assert merkle.verify_consistency(0, len(LEAVES), merkle.EMPTY_ROOT, root, ())
    assert not merkle.verify_consistency(0, len(LEAVES), root, root, ())
