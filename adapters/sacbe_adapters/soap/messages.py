"""What the parts of a message become: the element in a Body, the Body itself, and headers.

WSDL 1.1, sections 3.5 and 3.7. A procedure's parts stand in a wrapper that no schema holds.
A document's one part is an element; where there are several, or where the part names a type,
the fields are what stands directly in the Body.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import msgspec

from sacbe_adapters import naming
from sacbe_adapters.soap.attachment_fields import beside
from sacbe_adapters.soap.builtins import XSD
from sacbe_adapters.soap.components import clark, local_name
from sacbe_adapters.soap.refusal import NotCovered
from sacbe_adapters.soap.schema import BODY, Root, SchemaReader
from sacbe_adapters.soap.wsdl import Body, BoundOperation, Part
from sacbe_terms.descriptions import Field, Place

HEADER_NOTE = "Sent in the header of the message."
"""What an argument's documentation begins with where it is no part of the Body."""

REPLY_HEADER_NOTE = "Stands in the header of the reply."
"""What the documentation of such a member of a result begins with."""


def root(bound: BoundOperation, body: Body, name: str, schemas: SchemaReader) -> Root | None:
    """Read what a message holds, under the operation's name for it; None for an empty one. Raises NotCovered."""
    read = _in_body(bound, body, name, schemas)
    return _with_attached(read, body, name) if body.attached else read


def _in_body(bound: BoundOperation, body: Body, name: str, schemas: SchemaReader) -> Root | None:
    if body.encoding != bound.request.encoding or (body.encoding and bound.style != "rpc"):
        raise NotCovered("only procedures (rpc) are offered in SOAP encoding, in both directions", where=body.at.place)
    if bound.style == "rpc":
        wrapper = clark(body.namespace, name)
        local_name(wrapper, bound.at)
        return Root(wrapper, name, _named_apart(_procedure(bound, body, schemas)), None, None, "")
    if not body.parts:
        return None
    if len(body.parts) == 1 and body.parts[0].element:
        return schemas.root(body.parts[0].element, body.parts[0].at)
    return Root(BODY, name, _beside_each_other(body, schemas), None, None, "")


def _with_attached(read: Root | None, body: Body, name: str) -> Root:
    """Add the parts beside the envelope to the fields of what stands in it; see attachments.py.

    An element without fields of its own is a field beside them, in the Body itself.
    """
    if body.encoding:
        names = ", ".join(body.attached)
        raise NotCovered(f"its attachments ({names}) stand beside an encoded message", where=body.at.place)
    if read is None or read.fields is None:
        own = () if read is None or read.value is None else (read.value,)
        return Root(BODY, name, beside(own, body.attached), None, None, "")
    return replace(read, fields=beside(read.fields, body.attached), type=None)


def _named_apart(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Give parts whose names on the wire make one name different ones, as `Id` and `id` do."""
    read = tuple(fields)
    names = naming.unique(field.name for field in read)
    return tuple(msgspec.structs.replace(field, name=name) for field, name in zip(read, names, strict=True))


def _procedure(bound: BoundOperation, body: Body, schemas: SchemaReader) -> Iterator[Field]:
    may_be_nil = bool(body.encoding) and body is bound.response
    for part in body.parts:
        field = _parameter(part, schemas)
        yield msgspec.structs.replace(field, is_nullable=True) if may_be_nil else field


def _parameter(part: Part, schemas: SchemaReader) -> Field:
    """A part that names an element holds that element within its own (WSDL 1.1, section 3.5).

    Of one that names nothing nobody knows the type: it is the element itself.
    """
    if not part.element:
        return schemas.part(part.name, part.type or f"{{{XSD}}}anyType", part.at)
    record = schemas.made_record(naming.type_name(part.name), schemas.elements([(part.element, part.at)]))
    return Field(name=naming.field_name(part.name), wire=part.name, type=record, is_required=True)


def _beside_each_other(body: Body, schemas: SchemaReader) -> tuple[Field, ...]:
    if all(part.element for part in body.parts):
        return schemas.elements([(part.element, part.at) for part in body.parts])
    part = next(part for part in body.parts if not part.element)
    if len(body.parts) > 1 or not part.type:
        raise NotCovered(
            f"its document message names no element in the part '{part.name}' beside others", where=part.at.place
        )
    return schemas.content(part.name, part.type, part.at)


def header_arguments(
    headers: Sequence[Part], arguments: Iterable[Field], schemas: SchemaReader
) -> tuple[tuple[Field, ...], tuple[NotCovered, ...]]:
    """Give the arguments that a request's header parts are, none required, and why some are none."""
    return _header_fields(headers, arguments, schemas, HEADER_NOTE)


def _header_fields(
    headers: Sequence[Part], beside: Iterable[Field], schemas: SchemaReader, note: str
) -> tuple[tuple[Field, ...], tuple[NotCovered, ...]]:
    """Where a field of the Body has a header's name, the header's is longer by `Header`."""
    read: list[Field] = []
    reasons: list[NotCovered] = []
    for part in headers:
        try:
            read += schemas.elements([(part.element, part.at)])
        except NotCovered as reason:
            reasons.append(reason)
    taken = [field.name for field in beside]
    names = naming.unique([*taken, *(f"{field.name}Header" if field.name in taken else field.name for field in read)])
    pairs = zip(read, names[len(taken) :], strict=True)
    return tuple(_header(field, name, note) for field, name in pairs), tuple(reasons)


def with_reply_headers(
    read: Root | None, headers: Sequence[Part], name: str, schemas: SchemaReader
) -> tuple[Root | None, tuple[NotCovered, ...]]:
    """Give a reply with the parts of its header as members beside its own, and why some are none."""
    own = () if read is None else read.fields or ((read.value,) if read.value is not None else ())
    members, reasons = _header_fields(headers, own, schemas, REPLY_HEADER_NOTE)
    if not members:
        return read, reasons
    if read is None or read.fields is None:
        return Root(BODY, name, (*own, *members), None, None, ""), reasons
    return replace(read, fields=(*own, *members), type=None), reasons


def _header(field: Field, name: str, note: str) -> Field:
    documentation = f"{note} {field.documentation}".strip()
    return msgspec.structs.replace(
        field, name=name, place=Place.HEADER, is_required=False, is_nullable=False, documentation=documentation
    )
