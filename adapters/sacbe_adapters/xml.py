"""The one place where XML from outside becomes a tree: hardened, and right about charsets.

Everything is decided before libxml2 sees a byte: the size, the charset and whether there is
a DOCTYPE. The parser is then told the charset, so it never forms a second opinion of what
the bytes mean. Entities are never resolved and nothing is ever fetched; libxml2 itself
refuses trees deeper than 256.

The charset is, in this order (RFC 7303, section 3; XML 1.0, appendix F): the byte order
mark, the `charset` of the Content-Type header, the shape of the first bytes, the XML
declaration, UTF-8.
"""

import codecs
import re
from functools import lru_cache

from lxml import etree

DOCUMENT_BYTES_MAX = 16 * 1024 * 1024
"""Largest description document that is parsed; replies have the limit of their endpoint."""

CONTENT_TYPES_MAX = 256
"""Content types and charsets whose meaning is remembered."""

_READ = """
    ascii utf-8 utf-16-le utf-16-be utf-32-le utf-32-be cp437 cp850 cp858 cp874 koi8-r koi8-u mac-roman
    cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 iso8859-1 iso8859-2 iso8859-3 iso8859-4
    iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-9 iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16
    shift_jis euc_jp euc_kr gb2312 gbk gb18030 big5
"""

_CHARSETS = frozenset(_READ.split())
"""Python's names of the charsets that are read. UTF-7 and its like can hide a DOCTYPE and are not among them."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SHAPES = (
    (re.compile(rb"[<\s]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0\0\0[<\s]"), "utf-32-be"),
    (re.compile(rb"[<\s]\0"), "utf-16-le"),
    (re.compile(rb"\0[<\s]"), "utf-16-be"),
)
_UTF_8 = ("utf-8", "ascii")
_WIDE = ("utf-16", "utf-32")
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?encoding\s*=\s*["']([^"'<>]{1,40})["']""")
_CHARSET_PARAMETER = re.compile(r""";\s*charset\s*=\s*["']?([^"';\s]{1,40})""", re.IGNORECASE)

_PARSER = etree.XMLParser(
    encoding="utf-8",
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
)


class XmlRefused(Exception):
    """The bytes are not a document that is read; `line` and `column` begin at 1, 0 where there is no place."""

    def __init__(self, reason: str, *, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


class NotWellFormed(XmlRefused):
    """It is not XML; the reason is in libxml2's words, which quote names and values of the document."""


def parse(data: bytes, *, content_type: str = "", bytes_max: int = DOCUMENT_BYTES_MAX) -> etree._Element:
    """Give the root element, without comments and processing instructions; raises XmlRefused, NotWellFormed."""
    if len(data) > bytes_max:
        raise XmlRefused(f"it is larger than {bytes_max} bytes")
    text = _as_utf8(data, content_type)
    _refuse_doctype(text)
    try:
        return etree.fromstring(text, _PARSER)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        raise NotWellFormed(_plain(error), line=line or 0, column=column or 0) from error


def is_utf8(data: bytes, content_type: str = "") -> bool:
    """Say whether `parse` takes these bytes for UTF-8, a byte order mark apart."""
    try:
        return _charset(data, content_type)[0] in _UTF_8
    except XmlRefused:
        return False


@lru_cache(maxsize=CONTENT_TYPES_MAX)
def begins_like_xml(document: bytes) -> bool:
    """Say whether the first sign of a document, in whatever encoding, is `<`."""
    return document[:256].lstrip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n").startswith(b"<")


def charset_parameter(content_type: str) -> str:
    """Give the `charset` parameter of a Content-Type header, or an empty text."""
    found = _CHARSET_PARAMETER.search(content_type)
    return found[1] if found else ""


def _as_utf8(data: bytes, content_type: str) -> bytes:
    charset, mark_bytes = _charset(data, content_type)
    unmarked = data[mark_bytes:] if mark_bytes else data
    text = unmarked if charset in _UTF_8 else _recoded(unmarked, charset)
    if not text or text.isspace():
        raise XmlRefused("it is empty")
    return text


def _recoded(data: bytes, charset: str) -> bytes:
    try:
        return data.decode(charset).encode()
    except UnicodeDecodeError as error:
        raise XmlRefused(f"byte {error.start} is not {charset}", line=data.count(b"\n", 0, error.start) + 1) from error


def _charset(data: bytes, content_type: str) -> tuple[str, int]:
    """Say how the bytes are written, and how many bytes of byte order mark to leave out."""
    for mark, charset in _MARKS:
        if data.startswith(mark):
            return charset, len(mark)
    shape = next((charset for start, charset in _SHAPES if start.match(data)), "")
    parameter = charset_parameter(content_type) if content_type else ""
    if parameter:
        return _known(parameter, shape), 0
    if shape:
        return shape, 0
    declared = _DECLARED.match(data)
    return _known(declared[1].decode("latin-1"), shape) if declared else "utf-8", 0


@lru_cache(maxsize=CONTENT_TYPES_MAX)
def _known(name: str, shape: str) -> str:
    """Give Python's name of a charset that is read; a wide one follows the bytes, which cannot lie about it."""
    try:
        charset = codecs.lookup(name).name
    except (LookupError, ValueError):
        charset = ""
    if charset.startswith(_WIDE):
        return shape or "utf-8"
    if charset not in _CHARSETS:
        raise XmlRefused("its charset is not one that is read", line=1)
    return charset


def _refuse_doctype(text: bytes) -> None:
    """Walk over what may stand before the root element; anything else that begins with `<!` is refused."""
    at = 0
    while (start := text.find(b"<", at)) >= 0:
        if text.startswith(b"<!--", start):
            at = text.find(b"-->", start + 4)
        elif text.startswith(b"<?", start):
            at = text.find(b"?>", start + 2)
        elif text.startswith(b"<!", start):
            line, column = _position(text, start)
            raise XmlRefused("it has a DOCTYPE, which is never read", line=line, column=column)
        else:
            return
        if at < 0:
            return


def _position(text: bytes, at: int) -> tuple[int, int]:
    return text.count(b"\n", 0, at) + 1, at - text.rfind(b"\n", 0, at)


def _plain(error: etree.XMLSyntaxError) -> str:
    """The parser's own words without the place, which is given beside them."""
    return (error.msg or "it is not well-formed").split(", line ")[0]
