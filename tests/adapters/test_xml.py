"""The one parser: hostile documents, charsets, and where an error is."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_adapters import xml
from sacbe_adapters.xml import XmlRefused, parse

DOCTYPES = [
    "<!DOCTYPE a><a/>",
    "<!DOCTYPE a [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><a>&e;</a>",
    "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><a/>",
    "<!DOCTYPE a [<!ENTITY x 'xx'><!ENTITY y '&x;&x;'>]><a>&y;</a>",
    "<!DOCTYPE a [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/'>%p;]><a/>",
    "<?xml version='1.0'?><!-- a --><?p i?>\n<!-- <a> --><!DOCTYPE a><a/>",
    "<!-- --><!-- <!-- not a comment in XML --><!DOCTYPE a><a/>",
    "  \n\t<!DOCTYPE a><a/>",
    "<!doctype a><a/>",
    "<!ENTITY a 'b'><a/>",
    "<?a ?><?b ><!-- ?><!DOCTYPE a><a/>",
]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("document", DOCTYPES)
def test_refuses_a_doctype_before_parsing(document: str, encoding: str) -> None:
    """A DOCTYPE is refused wherever it hides and however it is written, with its place."""
    with pytest.raises(XmlRefused, match="DOCTYPE") as caught:
        parse(document.encode(encoding))
    assert caught.value.line >= 1
    assert caught.value.column >= 1


def test_is_not_fooled_by_what_only_looks_like_one() -> None:
    """A DOCTYPE in a comment, in an instruction, in CDATA or in a text is none."""
    document = b"<!-- <!DOCTYPE a> --><?p <!DOCTYPE a> ?><a b='&lt;!DOCTYPE'><![CDATA[<!DOCTYPE a>]]></a>"
    assert parse(document).text == "<!DOCTYPE a>"


@pytest.mark.parametrize(
    "name", ["UTF-7", "utf_7", "IBM037", "cp500", "hz", "iso-2022-jp", "punycode", "rot13", "x" * 41]
)
def test_refuses_charsets_that_can_hide_markup(name: str) -> None:
    """A charset in which bytes do not mean what they seem is not read."""
    with pytest.raises(XmlRefused):
        parse(b"<a/>", content_type=f"text/xml; charset={name}")
    if len(name) < 41:
        with pytest.raises(XmlRefused):
            parse(f"<?xml version='1.0' encoding='{name}'?>+ADwAIQ-DOCTYPE a><a/>".encode())


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ("<a>Ñandú</a>".encode(), ""),
        ("<a>Ñandú</a>".encode("utf-8-sig"), "text/xml; charset=iso-8859-1"),
        ("<a>Ñandú</a>".encode("utf-16"), ""),
        ("<a>Ñandú</a>".encode("utf-16-le"), ""),
        ("<a>Ñandú</a>".encode("utf-16-be"), "text/xml; charset=utf-16"),
        ("<a>Ñandú</a>".encode("latin-1"), "text/xml; charset=ISO-8859-1"),
        ("<a>Ñandú</a>".encode("latin-1"), 'text/xml;charset="iso-8859-1"; action="x"'),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a>Ñandú</a>".encode("latin-1"), "text/xml"),
        ("<?xml version='1.0' encoding='windows-1252'?><a>Ñandú</a>".encode("cp1252"), ""),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><a>Ñandú</a>".encode(), "text/xml; charset=utf-8"),
        ("<?xml version='1.0' encoding='utf-16'?><a>Ñandú</a>".encode(), "text/xml; charset=utf-8"),
        ("<?xml version='1.0' encoding='UTF-16'?><a>Ñandú</a>".encode("utf-16"), ""),
        ("<?xml version='1.0' encoding='iso-8859-15'?><a>Ñandú</a>".encode("iso-8859-15"), "application/soap+xml"),
    ],
)
def test_honours_the_charset(data: bytes, content_type: str) -> None:
    """The byte order mark, then the header, then the declaration say how the text is written."""
    assert parse(data, content_type=content_type).text == "Ñandú"


def test_says_which_byte_is_not_of_the_charset() -> None:
    """Bytes that the declared charset does not have are refused with their place."""
    with pytest.raises(XmlRefused, match="byte 9 is not cp1252") as caught:
        parse(b"<a>\n\n\n\n\n\n\x81</a>", content_type="text/xml; charset=windows-1252")
    assert caught.value.line == 7
    with pytest.raises(XmlRefused):
        parse(b"<a>\xff\xfe</a>")


@pytest.mark.parametrize(
    ("data", "line"),
    [(b"<a>\n<b>\n</a>", 3), (b"<a>\n&nothing;</a>", 2), (b"texto", 1), (b"<a/>\n<b/>", 2), (b"<a b='1'\n b='2'/>", 2)],
)
def test_says_where_it_is_not_well_formed(data: bytes, line: int) -> None:
    """What is not well-formed is refused with line and column."""
    with pytest.raises(XmlRefused) as caught:
        parse(data)
    assert caught.value.line == line
    assert caught.value.column > 0
    assert "column" not in caught.value.reason


@pytest.mark.parametrize("data", [b"", b" \n ", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_refuses_nothing_at_all(data: bytes) -> None:
    """An empty document is said to be empty."""
    with pytest.raises(XmlRefused, match="empty"):
        parse(data)


def test_refuses_what_is_too_large_or_too_deep() -> None:
    """Size is judged before a byte is parsed, depth while parsing."""
    with pytest.raises(XmlRefused, match="larger than 10 bytes"):
        parse(b"<a>" + b"x" * 20, bytes_max=10)
    with pytest.raises(XmlRefused, match="depth"):
        parse(b"<a>" * 300 + b"</a>" * 300)


def test_resolves_and_keeps_nothing_but_the_text() -> None:
    """Comments and instructions vanish without cutting a text; xi:include stays an element."""
    root = parse(b"<a>uno<!-- x -->, <?p i?>dos<![CDATA[ & tres]]>&#13;&amp;</a>")
    assert root.text == "uno, dos & tres\r&"
    include = parse(
        b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/hostname" parse="text"/></a>'
    )
    assert len(include) == 1
    assert not include[0].text


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """No bytes crash the parser: there is a tree or a plain refusal."""
    for document in (data, b"<a>" + data + b"</a>", b"<?xml version='1.0' encoding='" + data + b"'?><a/>"):
        with suppress(XmlRefused):
            assert parse(document).tag


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=50), st.sampled_from(ENCODINGS))
def test_every_text_survives_every_encoding(text: str, encoding: str) -> None:
    """What is written in any encoding of Unicode is read back to the last character."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if all(ord(character) not in (0xFFFE, 0xFFFF) for character in text):
        assert (parse(f"<a>{escaped}</a>".encode(encoding)).text or "") == text


def test_reads_the_charset_parameter() -> None:
    """The parameter is found in any case, quoted or not, and an absent one is empty."""
    assert xml.charset_parameter('text/xml; Charset="UTF-8"') == "UTF-8"
    assert xml.charset_parameter("text/xml") == ""
