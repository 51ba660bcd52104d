"""The body of an operation's request, as one argument: JSON, a form, parts, text, XML or bytes."""

from dataclasses import replace

from sacbe_adapters.rest.arguments import Argument, Found, Node, leave_out
from sacbe_adapters.rest.media import Kind, Media, preferred
from sacbe_adapters.rest.merging import documentation, is_schema
from sacbe_adapters.rest.references import below, last_word
from sacbe_adapters.rest.schemas import Types
from sacbe_adapters.rest.shapes import Shape, field, list_of
from sacbe_terms.descriptions import Choice, Place, Record, Scalar

SHARED = "#/components/requestBodies/"
WRITTEN_OUT = "The whole form as it is sent: `name=value&name=value`, percent-encoded."
"""Said of a form whose schema is a text."""
FORMS = (Kind.FORM, Kind.MULTIPART)
SHAPES = {
    Kind.TEXT: Shape(Scalar.STRING, wire_type="string"),
    Kind.XML: Shape(Scalar.XML, wire_type="string"),
    Kind.BYTES: Shape(Scalar.BASE64, wire_type="binary"),
}
"""Kinds of content whose shape needs no schema."""


def body(types: Types, found: Found, code: str) -> Argument | None:
    """Give the body as one argument; raises NotOffered where a required one cannot be sent."""
    node, at = types.document.resolved(found.node.get("requestBody"), below(found.at, "requestBody"))
    content = node.get("content") if isinstance(node, dict) else None
    chosen = preferred(content) if isinstance(content, dict) else None
    if not isinstance(node, dict) or chosen is None:
        return None
    is_required = node.get("required") is True
    place = below(at, "content", chosen.name)
    shape = _shape(types, chosen, place, f"{last_word(at) if at.startswith(SHARED) else code} body")
    if chosen.kind is Kind.FORM and _is_text(shape):
        chosen, shape = replace(chosen, kind=Kind.TEXT), replace(shape, documentation=WRITTEN_OUT)
    if chosen.kind in FORMS and not _has_fields(types, shape, chosen.kind, is_required=is_required):
        if shape.type != Scalar.JSON:
            leave_out(types, place, "a form needs named fields", is_required=is_required)
        return None
    told = "\n\n".join(filter(None, (documentation(node), WRITTEN_OUT if shape.documentation == WRITTEN_OUT else "")))
    documented = replace(shape, is_nullable=shape.is_nullable and is_required, documentation=told)
    made = field(documented, name="body", wire="", is_required=is_required, place=Place.BODY)
    written: dict[str, object] = {"as": chosen.kind.value, "media": chosen.name}
    if chosen.kind in FORMS and (parts := _parts(chosen)):
        written["parts"] = parts
    return Argument(made, written)


def _shape(types: Types, media: Media, place: str, hint: str) -> Shape:
    at = below(place, "schema")
    match media.kind:
        case Kind.MULTIPART if is_schema(media.schema):
            return types.form(media.schema, at, hint)
        case Kind.JSON | Kind.FORM | Kind.MULTIPART:
            return types.shape(media.schema, at, hint)
        case Kind.LINES:
            shape = types.shape(media.schema, at, hint)
            return shape if shape.list_depth else list_of(shape)
        case kind:
            return SHAPES[kind]


def _is_text(shape: Shape) -> bool:
    return shape.type == Scalar.STRING and shape.list_depth == 0


def _has_fields(types: Types, shape: Shape, kind: Kind, *, is_required: bool) -> bool:
    """Say whether a form can be filled: with named fields, those of one of several, or free ones where it must be sent.

    Parts that are files are told apart by their place in the form's own schema, so several forms are no multipart one.
    """
    is_free = shape.type == Scalar.JSON and is_required
    named = types.named.get(shape.type)
    is_several = kind is Kind.FORM and isinstance(named, Choice)
    return shape.list_depth == 0 and (is_free or is_several or isinstance(named, Record))


def _parts(media: Media) -> dict[str, Node]:
    """Say how each field with an encoding of its own is written (OpenAPI 3.0, Encoding Object)."""
    encoding = media.node.get("encoding")
    told = {
        wire: _part(node)
        for wire, node in (encoding.items() if isinstance(encoding, dict) else ())
        if isinstance(node, dict)
    }
    return {wire: part for wire, part in told.items() if part}


def _part(node: Node) -> Node:
    part: Node = {}
    if isinstance(node.get("contentType"), str):
        part["content"] = node["contentType"].partition(",")[0].strip()
    if isinstance(node.get("style"), str) or "explode" in node:
        style = str(node.get("style", "form"))
        part |= {"style": style, "explode": node.get("explode", style == "form") is True}
    if node.get("allowReserved") is True:
        part["reserved"] = True
    return part
