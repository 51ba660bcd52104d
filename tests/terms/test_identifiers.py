"""Identifiers print and parse back, on X-Road's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId, SubsystemId, is_registrable

parts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)


@given(st.lists(parts, min_size=6, max_size=6))
def test_what_is_printed_parses_back(six: list[str]) -> None:
    """Any characters, slashes included, survive the printed form."""
    member = MemberId(*six[:3])
    subsystem = SubsystemId(member, six[3])
    service = DataServiceId(subsystem, six[4])
    operation = OperationId(service, six[5])
    assert MemberId.parse(str(member)) == member
    assert SubsystemId.parse(str(subsystem)) == subsystem
    assert DataServiceId.parse(str(service)) == service
    assert OperationId.parse(str(operation)) == operation


@given(st.lists(parts, min_size=5, max_size=5))
def test_a_member_takes_part_without_a_subsystem(five: list[str]) -> None:
    """A member by itself prints as the member does, and its data services print and parse back."""
    itself = SubsystemId(MemberId(*five[:3]), "")
    operation = OperationId(DataServiceId(itself, five[3]), five[4])
    assert str(itself) == str(itself.member)
    assert SubsystemId.parse(str(itself)) == itself
    assert OperationId.parse(str(operation)) == operation


@given(st.lists(parts, min_size=3, max_size=3))
def test_separators_never_hide_in_a_part(three: list[str]) -> None:
    """A slash inside a part is percent-encoded, so a printed member always has three parts."""
    assert str(MemberId(*three)).count("/") == 2


@pytest.mark.parametrize("text", ["", "GT", "GT/GOV", "GT/GOV/1001/x", "GT//1001", "/GOV/1001", "GT/GOV/"])
def test_what_is_no_member_is_refused_by_name(text: str) -> None:
    """A text with missing, empty or surplus parts names no member, and the error repeats it."""
    with pytest.raises(IdentifierNotValid, match="does not name a member"):
        MemberId.parse(text)


@pytest.mark.parametrize("text", ["GT/GOV/1001/", "GT/GOV", "GT/GOV//x", "GT/GOV/1001/a/b"])
def test_what_is_no_subsystem_is_refused_by_name(text: str) -> None:
    """A subsystem's empty code is written by leaving it out, never by a slash at the end."""
    with pytest.raises(IdentifierNotValid, match="does not name"):
        SubsystemId.parse(text)


@pytest.mark.parametrize(
    ("part", "may"),
    [("1001", True), ("registro-civil", True), ("a'(b)+,-.=?_", True), ("a/b", False), ("ñ", False), ("", False)],
)
def test_new_identifiers_keep_to_xroads_characters(part: str, may: bool) -> None:
    """What is registered here can be typed and sent everywhere."""
    assert is_registrable(part) is may


def test_identifiers_sort_by_their_parts() -> None:
    """Lists of identifiers have one order."""
    assert MemberId("GT", "COM", "9") < MemberId("GT", "GOV", "1")
