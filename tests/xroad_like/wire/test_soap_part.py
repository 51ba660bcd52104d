"""Where the SOAP message stands: the same place however a body is cut into pieces, and nothing kept of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_xroad_like.wire import soap_part
from sacbe_xroad_like.wire.fault import XRoadFault
from sacbe_xroad_like.wire.soap_part import MESSAGE_BYTES_MAX, Finder, SoapPart

MULTIPART = 'multipart/related; boundary="b"'
PARTS = (
    b"preamble\r\n--b \t\r\nContent-Type: text/xml\r\nX-A: 1\r\n\r\n<soap/>\r\n--b\r\n"
    b"content-type: application/octet-stream\r\n\r\n--bb\r\n-- b\r\n\r\n--b--\r\nepilogue"
)


def found(body: bytes, content_type: str, cuts: list[int]) -> SoapPart | str:
    """Give what is found in a body that comes in pieces, or the code of the refusal."""
    ends = sorted({min(cut, len(body)) for cut in cuts} | {len(body)})
    finder, start = Finder(content_type), 0
    try:
        for end in ends:
            finder.feed(body[start:end])
            start = end
        return finder.end()
    except XRoadFault as fault:
        return fault.code


def test_the_first_part_is_the_message() -> None:
    """Between the blank line behind its headers and the line end before the next delimiter."""
    part = soap_part.find(PARTS, MULTIPART)
    assert PARTS[part.start : part.end] == b"<soap/>"
    assert part.content_type == "text/xml"


@given(st.lists(st.integers(0, len(PARTS)), max_size=8))
def test_pieces_make_no_difference(cuts: list[int]) -> None:
    """A body cut anywhere, in the middle of a delimiter too, holds the same message."""
    assert found(PARTS, MULTIPART, cuts) == soap_part.find(PARTS, MULTIPART)


@given(st.integers(0, len(PARTS) - 1), st.lists(st.integers(0, len(PARTS)), max_size=4))
def test_a_body_that_ends_early(end: int, cuts: list[int]) -> None:
    """Is refused alike, or understood alike, in one piece and in several."""
    assert found(PARTS[:end], MULTIPART, cuts) == found(PARTS[:end], MULTIPART, [])


def test_a_message_is_known_before_its_attachments() -> None:
    """As soon as the delimiter behind it has come."""
    finder = Finder(MULTIPART)
    message, _, _ = PARTS.partition(b"content-type: application")
    finder.feed(message[:-4])
    assert finder.found is None
    finder.feed(message[-4:])
    assert finder.found == soap_part.find(PARTS, MULTIPART)


@pytest.mark.parametrize("content_type", ["text/xml", MULTIPART])
def test_a_message_that_is_too_large(content_type: str) -> None:
    """Is refused while it comes; attachments beside it may be larger."""
    head = b"" if content_type == "text/xml" else b"--b\r\nContent-Type: text/xml\r\n\r\n"
    finder = Finder(content_type)
    finder.feed(head)
    finder.feed(bytes(MESSAGE_BYTES_MAX - 10))
    with pytest.raises(XRoadFault, match="larger than"):
        finder.feed(bytes(100))


def test_attachments_are_not_kept() -> None:
    """However large they are, and though they never end."""
    finder = Finder(MULTIPART)
    finder.feed(PARTS.partition(b"--bb")[0])
    for _ in range(1 + MESSAGE_BYTES_MAX // (1024 * 1024)):
        finder.feed(bytes(1024 * 1024))
    assert finder._parts is not None
    assert len(finder._parts._kept) < 1000
    with pytest.raises(XRoadFault, match="does not end"):
        finder.end()
