"""Attachments as values: XOP (MTOM), references to parts (`swaRef`), and parts that a binding names.

On the way in, whatever stands in a part of its own is put into the tree where it belongs, in base64,
and the codec reads one plain message. On the way out the same is undone. So values, checks and
limits are those of every other argument and result. References lead to parts of the same message
and to nothing else: nothing is ever fetched.

XOP 1.0 (section 3), MTOM 1.0, SOAP 1.1 binding for MTOM (2006), WS-I Attachments Profile 1.0
(sections 3.8 and 4.4).
"""

import binascii
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap.attachment_fields import ATTACHED, BINARY, SWA_REF
from sacbe_adapters.soap.multipart import NotMultipart, Package, Part, is_multipart, put_together, taken_apart
from sacbe_adapters.soap.schema import BODY
from sacbe_adapters.soap.stand_ins import StandIns, in_base64
from sacbe_adapters.soap.wire_types import wire_type
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Description, Field, Operation, Record, Scalar, reached_types
from sacbe_terms.errors import ReplyBreaksContract, ReplyNotReadable

OPTIMISED_BYTES = 16 * 1024
"""From this size on an argument travels in a part of its own, where the binding leaves the choice."""

Element = etree._Element

_XOP = "http://www.w3.org/2004/08/xop/include"
_INCLUDE = f"{{{_XOP}}}Include"


@dataclass(frozen=True, slots=True)
class Opened:
    """A reply as its envelope alone, and the parts beside it."""

    envelope: HttpReply
    parts: tuple[Part, ...] = ()
    is_multipart: bool = False


def opened(name: str, reply: HttpReply) -> Opened:
    """Take a reply of several parts apart, and give any other as it is; raises ReplyNotReadable."""
    content_type = reply.headers.get("content-type", "")
    if not is_multipart(content_type):
        return Opened(reply)
    try:
        package = taken_apart(reply.body, content_type)
    except NotMultipart as error:
        raise ReplyNotReadable(name, reason=f"its parts cannot be told apart: {error.reason}") from error
    headers = {**reply.headers, "content-type": package.root.content_type}
    return Opened(replace(reply, headers=headers, body=bytes(package.root.data)), package.others, is_multipart=True)


def included(
    name: str, element: Element, parts: Sequence[Part], told: Callable[[Part], str] = in_base64
) -> tuple[Part, ...]:
    """Undo XOP in a tree, and give the parts that it did not move there (XOP 1.0, section 3.2).

    Raises ReplyBreaksContract for a reference that leads nowhere.
    """
    by_id = _by_id(parts)
    for include in list(element.iter(_INCLUDE)):
        holder = include.getparent()
        assert holder is not None
        part = _referred(name, str(include.get("href", "")), by_id)
        if len(holder) != 1 or (holder.text or "").strip() or (include.tail or "").strip() or len(include):
            raise _broken(name, "an attachment stands beside other content")
        holder.remove(include)
        holder.text = told(part)
    return tuple(_left(parts, by_id))


def _by_id(parts: Sequence[Part]) -> dict[str, Part]:
    return {part.content_id: part for part in parts if part.content_id}


def _left(parts: Sequence[Part], by_id: Mapping[str, Part]) -> list[Part]:
    return [part for part in parts if not part.content_id or part.content_id in by_id]


class Attachments:
    """Which fields of one operation may stand in parts of their own."""

    def __init__(self, description: Description, operation: Operation) -> None:
        fields = list(_fields(description, operation))
        self._references = _elements(field for field in fields if wire_type(field).builtin == SWA_REF)
        self._binaries = _elements(field for field in fields if field.type == Scalar.BASE64)
        self._attached_to = str(operation.binding["response"])
        self._attached = [field.wire for field in _of_result(description, operation) if field.wire.startswith(ATTACHED)]
        self._may_stand_in = not any(
            field.type == Scalar.XML or (field.facets and _is_binary(field)) for field in fields
        )
        self.takes_parts = bool(self._references or self._attached)
        asked = [field.wire for field in operation.arguments if field.wire.startswith(ATTACHED)]
        optimised = str(operation.binding.get("optimised", ""))
        self._has_parts = bool(asked or self._references)
        self._optimised_from = {"always": 0, "large": OPTIMISED_BYTES}.get(optimised)

    def put_in(self, name: str, body: Element, parts: Sequence[Part], stand_ins: StandIns) -> tuple[Part, ...]:
        """Put what stands in parts into the Body, or what stands for it, and give the parts that nothing takes.

        Raises ReplyBreaksContract for a reference that leads nowhere.
        """
        told = stand_ins.text if self._may_stand_in else in_base64
        left = included(name, body, parts, told)
        by_id = _by_id(left)
        for tag in self._references:
            for element in body.iter(tag):
                if (element.text or "").strip():
                    part = _referred(name, (element.text or "").strip(), by_id)
                    element.text = told(part)
        loose = _left(left, by_id)
        self._put_attached(body, loose, told)
        return tuple(loose)

    def _put_attached(self, body: Element, parts: list[Part], told: Callable[[Part], str]) -> None:
        """Parts that the binding names go by their Content-ID (`name=...@...`), else by their order."""
        holder = body if self._attached_to == BODY else body.find(self._attached_to or BODY)
        if holder is None:
            return
        for wire in self._attached:
            local = etree.QName(wire).localname
            named = [part for part in parts if unquote(part.content_id.partition("=")[0]) == local]
            chosen = named[0] if named else next((part for part in parts if "=" not in part.content_id), None)
            if chosen is not None:
                parts.remove(chosen)
                etree.SubElement(holder, wire).text = told(chosen)

    def taken_out(self, request: bytes) -> tuple[bytes, tuple[Part, ...]]:
        """Take the parts that references and bindings name out of a request, before it is signed."""
        if not self._has_parts:
            return request, ()
        envelope = xml.parse(request)
        parts: list[Part] = []
        for element in list(envelope.iter(*self._references, f"{ATTACHED}*")):
            is_attached = str(element.tag).startswith(ATTACHED)
            name = f"{etree.QName(element).localname}=" if is_attached else ""
            part = Part(f"{name}{uuid.uuid4()}@sacbe", BINARY, b64decode(element.text or ""))
            parts.append(part)
            if is_attached:
                holder = element.getparent()
                assert holder is not None
                holder.remove(element)
            else:
                element.text = f"cid:{part.content_id}"
        return etree.tostring(envelope, encoding="utf-8", xml_declaration=True), tuple(parts)

    def packed(self, request: bytes, parts: tuple[Part, ...], headers: dict[str, str]) -> tuple[bytes, dict[str, str]]:
        """Give the body and headers of a request: with XOP where the binding wants it, and with its parts."""
        optimised = self._optimise(request) if self._optimised_from is not None else (request, ())
        if optimised[1] or self._optimised_from == 0:
            return _sent(optimised[0], (*optimised[1], *parts), headers, is_optimised=True)
        return _sent(request, parts, headers, is_optimised=False) if parts else (request, headers)

    def _optimise(self, request: bytes) -> tuple[bytes, tuple[Part, ...]]:
        """XOP 1.0, section 3.1: what is base64 in its canonical form goes into a part of its own."""
        assert self._optimised_from is not None
        envelope = xml.parse(request)
        parts: list[Part] = []
        for element in envelope.iter(*self._binaries) if self._binaries else ():
            data = _canonical(element.text or "")
            if len(element) or data is None or len(data) < self._optimised_from:
                continue
            part = Part(f"{uuid.uuid4()}@sacbe", BINARY, data)
            parts.append(part)
            element.text = None
            etree.SubElement(element, _INCLUDE, {"href": f"cid:{part.content_id}"}, {"xop": _XOP})
        return etree.tostring(envelope, encoding="utf-8", xml_declaration=True), tuple(parts)


def _sent(
    request: bytes, parts: tuple[Part, ...], headers: dict[str, str], *, is_optimised: bool
) -> tuple[bytes, dict[str, str]]:
    """RFC 2387 around it; for XOP the root says of which type the whole would be (MTOM, section 4.2)."""
    kind, _, action = headers["content-type"].partition("; action=")
    media = kind.partition(";")[0]
    inner = f'application/xop+xml; charset=utf-8; type="{media}"' if is_optimised else kind
    root = Part(f"{uuid.uuid4()}@sacbe", f"{inner}; action={action}" if action else inner, request)
    boundary = uuid.uuid4().hex
    outer = f'multipart/related; type="{"application/xop+xml" if is_optimised else media}"; start="<{root.content_id}>"'
    info = f'; start-info="{media}"' if is_optimised else ""
    told = f'{outer}{info}; boundary="{boundary}"' + (f"; action={action}" if action else "")
    return put_together(Package(root, parts), boundary), {**headers, "content-type": told}


def _canonical(text: str) -> bytes | None:
    """Give what a text in base64 stands for, if writing it again gives the same text."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if data and b64encode(data).decode() == text else None


def _referred(name: str, reference: str, by_id: dict[str, Part]) -> Part:
    """Give the part that `cid:` leads to (RFC 2392), once: a part that stood in many places would swell the reply."""
    if not reference.lower().startswith("cid:"):
        raise _broken(name, "an attachment is referred to by an address, which is never fetched")
    part = by_id.pop(unquote(reference[4:]), None) or by_id.pop(reference[4:], None)
    if part is None:
        raise _broken(name, "an attachment is referred to that is not there, or twice")
    return part


def _broken(name: str, reason: str) -> ReplyBreaksContract:
    return ReplyBreaksContract(name, place="an attachment", reason=reason)


def _fields(description: Description, operation: Operation) -> Iterator[Field]:
    yield from (*operation.arguments, operation.result)
    for name in reached_types(description, operation):
        named = description.types[name]
        if isinstance(named, Record):
            yield from named.fields


def _is_binary(field: Field) -> bool:
    return field.type == Scalar.BASE64


def _of_result(description: Description, operation: Operation) -> tuple[Field, ...]:
    record = description.record(operation.result.type)
    return (operation.result, *(record.fields if record else ()))


def _elements(fields: Iterator[Field]) -> tuple[str, ...]:
    """Give the tags of the elements that hold these fields' texts."""
    return tuple(dict.fromkeys((wire_type(field).array_items or (field.wire,))[-1] for field in fields if field.wire))
