"""Checkpoints: printed, signed, read back, and believed only from the node's key."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_signing import checkpoint
from sacbe_signing.checkpoint import Checkpoint
from sacbe_signing.keys import Signer
from sacbe_signing.trust import Trust
from sacbe_terms.errors import SignatureNotValid
from tests.signing.keyrings import MINISTRY, authority, foreign_authority

STATED = Checkpoint(
    origin="sacbe/message-log",
    size=1042,
    root=bytes(range(32)),
    at=datetime(2026, 11, 23, 18, 4, 5, 120000, tzinfo=UTC),
)


def test_it_prints_as_a_note() -> None:
    """The text is what a person and a witness read."""
    assert str(STATED) == (
        "sacbe/message-log\n1042\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n2026-11-23T18:04:05.120Z\n"
    )


@given(st.integers(min_value=0, max_value=2**63 - 1), st.binary(min_size=32, max_size=32))
def test_it_reads_back(size: int, root: bytes) -> None:
    """A signed checkpoint reads back as the one that was signed."""
    stated = Checkpoint(origin="sacbe/log", size=size, root=root, at=STATED.at)
    assert checkpoint.verify(checkpoint.sign(stated, authority().node()), authority().trust()) == stated


@given(st.data())
def test_any_change_is_found(data: st.DataObject) -> None:
    """No character of the note can be another one, but for those of base64 that say the same."""
    note = checkpoint.sign(STATED, authority().node())
    place = data.draw(st.integers(min_value=0, max_value=len(note) - 1))
    changed = note[:place] + data.draw(st.characters().filter(lambda sign: sign != note[place])) + note[place + 1 :]
    try:
        read = checkpoint.verify(changed, authority().trust())
    except SignatureNotValid:
        return
    assert read == STATED


@pytest.mark.parametrize(
    ("signer", "reason"),
    [
        (foreign_authority().node(), "no trusted node"),
        (authority().signer_for(MINISTRY), "no trusted node"),
    ],
)
def test_only_the_nodes_key_is_believed(signer: Signer, reason: str) -> None:
    """Neither a stranger's node nor a member of ours can state what the log holds."""
    with pytest.raises(SignatureNotValid, match=reason):
        checkpoint.verify(checkpoint.sign(STATED, signer), authority().trust())


def test_no_node_no_belief() -> None:
    """Who names no node believes no checkpoint."""
    with pytest.raises(SignatureNotValid):
        checkpoint.verify(
            checkpoint.sign(STATED, authority().node()), Trust(authorities=authority().trust().authorities)
        )


@given(st.integers(min_value=0, max_value=4), st.data())
def test_a_file_of_notes_splits(count: int, data: st.DataObject) -> None:
    """However a file of notes is torn, its whole notes come out, and the torn rest is known."""
    notes = [
        checkpoint.sign(Checkpoint(origin="sacbe/log", size=size, root=STATED.root, at=STATED.at), authority().node())
        for size in range(count)
    ]
    text = "".join(f"{note}\n" for note in notes)
    whole = "".join(checkpoint.split(text)[0])
    assert whole == "".join(notes)
    end = data.draw(st.integers(min_value=0, max_value=len(text)))
    found, rest = checkpoint.split(text[:end])
    assert list(found) == notes[: len(found)]
    assert "".join(f"{note}\n" for note in found) + rest == text[:end]
