"""Messages of several parts: taken apart as Python's own package does it, and refused where it would guess."""

import email
import email.policy
from collections.abc import Callable
from contextlib import suppress
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_adapters.soap import multipart
from sacbe_adapters.soap.multipart import NotMultipart, Package, Part, put_together, taken_apart

TYPE = 'multipart/related; boundary="b"'
TWO = b"--b\r\n\r\n<a/>\r\n--b\r\nContent-ID: <x>\r\n\r\nequis\r\n--b--\r\n"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda body: body, TYPE),
        (lambda body: b"before\r\n" + body + b"after\r\n--b\r\n", TYPE),
        (lambda body: body.replace(b"--b\r", b"--b \t\r"), TYPE),
        (lambda body: body.removesuffix(b"\r\n"), "Multipart/Related; BOUNDARY=b"),
        (lambda body: body, 'multipart/related; type="text/xml"; boundary="b"; start-info="a;b"'),
        (lambda body: body.replace(b"Content-ID: <x>", b"X-A: 1\r\n folded\r\ncontent-id:<x>"), TYPE),
    ],
)
def test_reads_every_form_of_a_boundary(change: Callable[[bytes], bytes], kind: str) -> None:
    """Preamble, epilogue, padding and any order of parameters give the same parts."""
    package = taken_apart(change(TWO), kind)
    assert (package.root.data, package.others) == (b"<a/>", (Part("x", "text/plain", b"equis"),))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (TWO, "multipart/related"),
        (TWO, 'multipart/related; boundary=""'),
        (TWO, f"multipart/related; boundary={'b' * 71}"),
        (TWO, 'multipart/related; boundary="c"'),
        (TWO, TYPE + '; start="<y>"'),
        (TWO.removesuffix(b"--\r\n"), TYPE),
        (TWO.partition(b"equis")[0], TYPE),
        (b"", TYPE),
        (b"--b--\r\n", TYPE),
        (b"--b\r\nX-A: 1\r\n--b--\r\n", TYPE),
        (TWO.replace(b"<a/>", b"<a/>\r\n--b\r\nContent-ID: <x>\r\n\r\nzeta"), TYPE),
        (b"--b\r\n\r\nx\r\n" * (multipart.PARTS_MAX + 2) + b"--b--\r\n", TYPE),
        (b"--b\r\nX-A: " + b"x" * multipart.HEAD_BYTES_MAX + b"\r\n\r\nx\r\n--b--\r\n", TYPE),
        (b"--b\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nx\r\n--b--\r\n", TYPE),
        (b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%\r\n--b--\r\n", TYPE),
    ],
)
def test_refuses_what_cannot_be_told_apart(body: bytes, kind: str) -> None:
    """A message without boundary, end, root or with too much of anything is refused in plain words."""
    with pytest.raises(NotMultipart) as caught:
        taken_apart(body, kind)
    assert "equis" not in caught.value.reason


@pytest.mark.parametrize(
    ("encoding", "written", "meant"),
    [
        ("base64", b"w5HD\r\nsQ==", "Ññ".encode()),
        ("quoted-printable", b"=C3=91=\r\n=C3=B1", "Ññ".encode()),
        ("BINARY", b"\0\r\n--bb\r\n\xff", b"\0\r\n--bb\r\n\xff"),
    ],
)
def test_gives_the_bytes_that_were_meant(encoding: str, written: bytes, meant: bytes) -> None:
    """A part that is written in another way is read back to its bytes; a longer line is no boundary."""
    body = b"--b\r\nContent-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + written + b"\r\n--b--"
    assert taken_apart(body, TYPE).root.data == meant


_CONTENTS = st.lists(st.binary(max_size=60) | st.just(b"\r\n--"), min_size=1, max_size=5)


@given(_CONTENTS)
def test_what_is_put_together_is_taken_apart(contents: list[bytes]) -> None:
    """Every content comes back to the last byte, in its order."""
    parts = tuple(Part(f"p{place}", "application/octet-stream", data) for place, data in enumerate(contents))
    body = put_together(Package(parts[0], parts[1:]), "0123456789abcdef")
    package = taken_apart(body, 'multipart/related; boundary="0123456789abcdef"')
    assert (package.root, *package.others) == parts


@given(_CONTENTS)
def test_another_reader_finds_the_same(contents: list[bytes]) -> None:
    """Python's own reader finds the parts that we write."""
    parts = tuple(Part(f"p{place}", "application/octet-stream", data) for place, data in enumerate(contents))
    body = put_together(Package(parts[0], parts[1:]), "0123456789abcdef")
    head = b'Content-Type: multipart/related; boundary="0123456789abcdef"\r\n\r\n'
    found = _parts(head + body)
    assert [part["Content-ID"] for part in found] == [f"<{part.content_id}>" for part in parts]


def _parts(message: bytes) -> list[Any]:
    found = email.message_from_bytes(message).get_payload()
    assert isinstance(found, list)
    return found


def test_reads_what_another_writer_writes() -> None:
    """A message that Python's own package writes is taken apart to the same bytes."""
    message = EmailMessage()
    message.set_content("<a>Ñ</a>", subtype="xml")
    message.add_related(b"\0\x01\xff", "image", "png", cid="<x>")
    head, _, body = message.as_bytes(policy=email.policy.HTTP).partition(b"\r\n\r\n")
    kind = head.decode().partition("Content-Type: ")[2].replace("\r\n", " ")
    package = taken_apart(body, kind)
    assert bytes(package.root.data).decode().strip() == "<a>Ñ</a>"
    assert package.others == (Part("x", "image/png", b"\0\x01\xff"),)


@given(st.binary(max_size=200))
def test_any_bytes_are_taken_apart_or_refused(data: bytes) -> None:
    """No bytes crash the reader."""
    for body in (data, b"--b\r\n" + data, TWO.replace(b"equis", data), TWO.replace(b"Content-ID", data)):
        with suppress(NotMultipart):
            assert taken_apart(body, TYPE).root
