"""The vault: what lies in the database opens with the node's secret, in its place, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_terms.credentials import Basic, Locked
from sacbe_terms.errors import SettingUnsafe
from sacbe_xroad_like.vault import Vault

SECRETS = st.text(min_size=32, max_size=40)
PLACE = "GT/GOV/2001/registro/personas basic"
HELD = Basic(user="ñ", password="hunter2")
OLD, NEW = "an old secret of the node, thirty-two", "a new secret of the node, thirty-two"


@given(user=st.text(), password=st.text(), secret=SECRETS, place=st.text())
def test_what_is_locked_opens_again(user: str, password: str, secret: str, place: str) -> None:
    """Any credential, secret and place."""
    held = Basic(user=user, password=password)
    assert Vault((secret,)).open(Vault((secret,)).lock(held, place), place) == held


@given(at=st.integers(min_value=0, max_value=10_000), to=st.integers(min_value=0, max_value=255))
def test_one_changed_byte_keeps_it_shut(at: int, to: int) -> None:
    """Whatever byte is changed, nothing opens, and nothing breaks."""
    vault = Vault((OLD,))
    locked = bytearray(vault.lock(HELD, PLACE))
    at %= len(locked)
    was, locked[at] = locked[at], to
    assert vault.open(bytes(locked), PLACE) == (HELD if to == was else Locked())


def test_it_opens_in_its_place_alone() -> None:
    """A row that is copied to another data service, or under another name, does not open there."""
    vault = Vault((OLD,))
    locked = vault.lock(HELD, PLACE)
    assert vault.open(locked, PLACE.replace("2001", "2002")) == Locked()
    assert vault.open(locked[:20], PLACE) == vault.open(b"", PLACE) == Locked()


def test_a_secret_is_replaced_without_a_pause() -> None:
    """The first secret locks, every listed one opens, one that is not listed does not."""
    locked = Vault((OLD,)).lock(HELD, PLACE)
    both = Vault((NEW, OLD))
    assert both.open(locked, PLACE) == HELD
    assert not both.is_newest(locked)
    assert both.is_newest(both.lock(HELD, PLACE))
    assert Vault((NEW,)).open(locked, PLACE) == Locked()
    assert Vault((NEW,)).open(both.lock(HELD, PLACE), PLACE) == HELD


def test_nothing_of_it_lies_open() -> None:
    """Neither user nor password stands in the locked form, and the same is never locked the same."""
    vault = Vault((OLD,))
    assert b"hunter2" not in vault.lock(HELD, PLACE)
    assert vault.lock(HELD, PLACE) != vault.lock(HELD, PLACE)


def test_without_a_secret_nothing_is_kept() -> None:
    """A node without SACBE_SECRETS_KEY says so, and opens nothing."""
    with pytest.raises(SettingUnsafe, match="no secret"):
        Vault().lock(HELD, PLACE)
    assert Vault().open(Vault((OLD,)).lock(HELD, PLACE), PLACE) == Locked()
