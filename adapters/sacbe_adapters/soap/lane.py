"""The lane: an ordinary reply is read by one expression, and never becomes a tree.

Most of a reply is texts between the same few tags. What stands around them, the frame, is read as
every reply is: it is the reply with a mark in the place of all that stands in the result's element, so
that faults, headers, charsets, limits and whatever is wrong with an envelope are the codec's own
affair. What stands inside must have the form that the description gives it (forms.py), in which
nothing is left open: elements without attributes, in their order, texts of signs that XML allows.

Why both together are the reply: the mark stands once in the frame and comes back as the whole
content of the result's element, so it stands where content may stand, and outside of CDATA sections
and comments, which the frame does not have. By the grammar of XML 1.0 (section 3.1) any balanced
content may stand there in its place, and by Namespaces in XML 1.0 (section 6.1) its prefixes mean
what they mean at that element, since no tag of the form declares one.

Whatever is not as expected, a text that is not of its type among it, is no error here: the reply is
read by the codec as a tree, which knows every form and every place. See docs/decisions/0116.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap.forms import NIL_SIGN, Forms, NoForm, NoPrefix, NotOrdinary, ReadInside
from sacbe_adapters.soap.multipart import is_multipart
from sacbe_adapters.soap.reading import NIL, Readers, local_name
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Description, Field, Operation, Record

REPLY_BYTES_MIN = 4 * 1024
"""Smallest reply; below, making columns of a few records costs more than a tree."""

REPLY_BYTES_MAX = 8 * 1024 * 1024
"""Largest reply; it is below every limit of libxml2 on a text, so that the tree would have none to enforce."""

LAYOUTS_MAX = 8
"""Forms kept of one operation, one for each way in which its system names namespaces; others are not ordinary."""

_MARK = b"sacbe:what-stands-here"
_MARK_TEXT = _MARK.decode()
_NEVER = (NIL_SIGN, "\ufffe", "\uffff")
_EMPTY = re.compile(r"""<([^\s"'<>/=]++)[ \t\n]*+/>""")
_NIL = re.compile(r"""<([^\s"'<>/=]++)[ \t\n]++([^\s"'<>/=:]++):nil="(?:true|1)"[ \t\n]*+(?:/>|></\1>)""")
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]{1,6});|#([0-9]{1,7});|([a-z]{2,4});|)")
_SIGN = re.compile(r"[\t\n -;=-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMED = {"gt": ">", "amp": "&", "apos": "'", "quot": '"'}
_XSI = NIL[1:].partition("}")[0]

Prefixes = Mapping[str | None, str]
"""The namespace of each prefix that is bound, None being the default."""


@dataclass(frozen=True, slots=True)
class Framed:
    """A reply in two: what stands around its result's content, and that content as text."""

    frame: HttpReply
    inside: str


class Lane:
    """Reads ordinary replies of one operation."""

    def __init__(self, description: Description, operation: Operation, readers: Readers) -> None:
        self._description = description
        self._readers = readers
        self._child = operation.result.name if operation.binding["result"] == "child" else ""
        self._fields = _fields(description, operation)
        self._start = _start_tag(local_name(operation.binding["response"]))
        self._layouts: dict[tuple[object, ...], ReadInside | None] = {}

    def framed(self, reply: HttpReply) -> Framed | None:
        """Take a reply apart; gives None for one that the lane does not read."""
        body, content_type = reply.body, reply.headers.get("content-type", "")
        if not self._fields or not REPLY_BYTES_MIN <= len(body) <= REPLY_BYTES_MAX or is_multipart(content_type):
            return None
        start = self._start.search(body)
        end = body.rfind(b"</" + start[1]) if start else -1
        if start is None or end < start.end() or not xml.is_utf8(body, content_type):
            return None
        frame = body[: start.end()] + _MARK + body[end:]
        if b"<!" in frame or frame.count(_MARK) > 1:
            return None
        try:
            return Framed(replace(reply, body=frame), body[start.end() : end].decode())
        except UnicodeDecodeError:
            return None

    def read(self, content: etree._Element | None, inside: str) -> object:
        """Give the value of a reply, by the result's element in its frame; raises NotOrdinary, ValueError."""
        if content is None or content.text != _MARK_TEXT or len(content) or content.attrib:
            raise NotOrdinary
        bound = content.nsmap
        fields = _fields_read(self._reader(bound, content.prefix), inside, bound)
        return fields.get(self._child) if self._child else fields

    def _reader(self, bound: Prefixes, own: str | None) -> ReadInside:
        """Give what reads under these prefixes, made when they are first met."""
        layout = (own, *bound.items())
        if layout not in self._layouts and len(self._layouts) < LAYOUTS_MAX:
            self._layouts[layout] = self._made(_tags(bound, own))
        found = self._layouts.get(layout)
        if found is None:
            raise NotOrdinary
        return found

    def _made(self, tags: Mapping[str, str]) -> ReadInside | None:
        try:
            return Forms(self._description, self._readers, tags).whole(self._fields)
        except NoPrefix:
            return None
        except NoForm:
            self._fields = ()
            return None


def _fields(description: Description, operation: Operation) -> tuple[Field, ...]:
    """Give the fields of the element that holds the result; none where the lane does not read it."""
    given, named = operation.binding["result"], description.types.get(operation.result.type)
    if operation.binding.get("encoding") or not operation.binding["response"]:
        return ()
    if given == "child":
        return (operation.result,)
    return named.fields if given == "fields" and isinstance(named, Record) else ()


def _fields_read(read: ReadInside, text: str, bound: Prefixes) -> dict[str, object]:
    """Read a text as it stands, which does for most, or else in one spelling; raises NotOrdinary, ValueError."""
    if any(sign in text for sign in _NEVER) or ("]" in text and "]]>" in text):
        raise NotOrdinary
    if "&" not in text and "\r" not in text:
        with suppress(NotOrdinary):
            return read(text)
    respelt = _in_one_spelling(text, bound)
    if respelt == text:
        raise NotOrdinary
    return read(respelt)


def _start_tag(local: str) -> re.Pattern[bytes]:
    """Give the expression of a start tag, whose group is the name with its prefix."""
    return re.compile(rb"<((?:[^\s<>/:=]++:)?" + re.escape(local.encode()) + rb")(?:\s[^<>]*+)?>")


def _tags(bound: Prefixes, own: str | None) -> dict[str, str]:
    """Give what names of each namespace begin with; of several prefixes the outer element's own counts."""
    prefixes = [*(prefix for prefix in bound if prefix != own), *([own] if own in bound else [])]
    tags = {bound[prefix]: f"{prefix}:" if prefix else "" for prefix in prefixes}
    return tags if None in bound else {**tags, "": ""}


def _in_one_spelling(text: str, bound: Prefixes) -> str:
    """Say the same with line ends, empty elements, nil and references in one spelling each; raises NotOrdinary.

    Line ends come first (XML 1.0, section 2.11), references last: what they stand for is text and no markup.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "/>" in text:
        text = _EMPTY.sub(r"<\1></\1>", text)
    if ":nil=" in text:
        text = _NIL.sub(lambda found: _nil(found, bound), text)
    return _REFERENCE.sub(_referred, text) if "&" in text else text


def _nil(found: re.Match[str], bound: Prefixes) -> str:
    is_nil = bound.get(found[2]) == _XSI
    return f"<{found[1]}>{NIL_SIGN}</{found[1]}>" if is_nil else found[0]


def _referred(found: re.Match[str]) -> str:
    """Give the sign that a reference stands for; one of `<` would be markup here."""
    hexadecimal, decimal, name = found.groups()
    if hexadecimal or decimal:
        sign = chr(int(hexadecimal, 16) if hexadecimal else int(decimal))
    else:
        sign = _NAMED.get(name, "")
    if _SIGN.fullmatch(sign) is None:
        raise NotOrdinary
    return sign
