"""What an operation is asked with: its parameters, its body, and how each is written on the wire."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from sacbe_adapters import naming
from sacbe_adapters.rest.media import Kind, preferred
from sacbe_adapters.rest.references import below
from sacbe_adapters.rest.schemas import Types
from sacbe_adapters.rest.shapes import ANYTHING, Shape, field
from sacbe_terms.descriptions import Field, Place, Record, Scalar

IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters of these names say nothing (OpenAPI 3.0, Parameter Object)."""
PLACES = {"path": Place.PATH, "query": Place.QUERY, "header": Place.HEADER}
STYLES = {
    Place.PATH: ("simple",),
    Place.QUERY: ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    Place.HEADER: ("simple",),
}
"""The styles that are written; the first is the default."""

Node = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One method of one path, as it stands in the document; `inherited` are its path's parameters."""

    method: str
    path: str
    node: Node
    at: str
    inherited: list[object]
    inherited_at: str


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument, and how the codec writes it."""

    field: Field
    written: dict[str, object]

    def renamed(self, name: str) -> "Argument":
        """Give the same under another name."""
        return replace(self, field=msgspec.structs.replace(self.field, name=name))


class NotOffered(Exception):
    """An operation cannot be offered; says where and why."""

    def __init__(self, at: str, reason: str) -> None:
        super().__init__(reason)
        self.at = at


def parameters(types: Types, found: Found, code: str) -> list[Argument]:
    """Give the parameters in the document's order; raises NotOffered where a required one cannot be sent."""
    declared: dict[tuple[str, str], tuple[Node, str]] = {}
    own = found.node.get("parameters")
    for nodes, at in ((found.inherited, found.inherited_at), (own, below(found.at, "parameters"))):
        for position, node in enumerate(nodes if isinstance(nodes, list) else ()):
            parameter, place = types.document.resolved(node, below(at, position))
            if not isinstance(parameter, dict) or not isinstance(parameter.get("name"), str):
                raise NotOffered(place, "a parameter has no name")
            declared[str(parameter.get("in")), parameter["name"]] = parameter, place
    made = [_parameter(types, *parameter, code) for parameter in declared.values() if not _says_nothing(parameter[0])]
    return [argument for argument in made if argument is not None] + _forgotten(found, declared)


def _says_nothing(parameter: Node) -> bool:
    return parameter.get("in") == "header" and parameter["name"].lower() in IGNORED_HEADERS


def _forgotten(found: Found, declared: dict[tuple[str, str], tuple[Node, str]]) -> list[Argument]:
    """Give the path's variables that nobody declared: texts, since nothing else is known."""
    names = dict.fromkeys(part.partition("}")[0] for part in found.path.split("{")[1:])
    return [
        Argument(_argument(Shape(Scalar.STRING, wire_type="string"), name, Place.PATH, is_required=True), {})
        for name in names
        if ("path", name) not in declared
    ]


def _argument(shape: Shape, wire: str, place: Place, *, is_required: bool) -> Field:
    present = replace(shape, is_nullable=False)
    return field(present, name=naming.field_name(wire), wire=wire, is_required=is_required, place=place)


def _parameter(types: Types, node: Node, at: str, code: str) -> Argument | None:
    """Give one parameter, or None for an optional one that cannot be sent, which is noted."""
    is_required = node.get("required") is True or node.get("in") == "path"
    place = PLACES.get(str(node.get("in")))
    if place is None:
        _leave_out(types, at, f"parameters in '{node.get('in')}' are not sent", is_required=is_required)
        return None
    content = node.get("content")
    if isinstance(content, dict) and content:
        (media, *_) = content
        return _as_json(types, node, content[media], at, code, place) if preferred(content) else None
    shape = types.shape(node.get("schema", {}), below(at, "schema"), f"{code} {node['name']}")
    style = node.get("style", STYLES[place][0])
    reason = _unwritable(types, shape, style, place)
    if reason:
        _leave_out(types, at, reason, is_required=is_required)
        return None
    written = {
        "style": style,
        "explode": node.get("explode", style == "form") is True,
        "reserved": node.get("allowReserved") is True,
    }
    documented = replace(shape, documentation=_documentation(node) or shape.documentation)
    return Argument(_argument(documented, node["name"], place, is_required=is_required), written)


def _as_json(types: Types, node: Node, media: object, at: str, code: str, place: Place) -> Argument:
    schema = media.get("schema", {}) if isinstance(media, dict) else {}
    shape = types.shape(schema, below(at, "content"), f"{code} {node['name']}")
    documented = replace(shape, documentation=_documentation(node) or shape.documentation)
    is_required = node.get("required") is True or place is Place.PATH
    return Argument(_argument(documented, node["name"], place, is_required=is_required), {"json": True})


def _unwritable(types: Types, shape: Shape, style: str, place: Place) -> str:
    """Say why a value of this shape cannot be written in this style; empty if it can."""
    if style not in STYLES[place]:
        return f"the style '{style}' is not written in the {place}"
    named = types.named.get(shape.type)
    if shape.list_depth > 1 or (shape.list_depth == 1 and isinstance(named, Record)):
        return "lists of groups have no form in a parameter"
    if isinstance(named, Record) and not (place is Place.QUERY and style in ("form", "deepObject")):
        return f"a group of values is not written in the {place}"
    return ""


def _leave_out(types: Types, at: str, reason: str, *, is_required: bool) -> None:
    """Note that something optional is not sent; without something required there is no operation."""
    if is_required:
        raise NotOffered(at, reason)
    types.note(at, reason)


def body(types: Types, found: Found, code: str) -> Argument | None:
    """Give the body as one argument; raises NotOffered where a required one cannot be sent."""
    node, at = types.document.resolved(found.node.get("requestBody"), below(found.at, "requestBody"))
    content = node.get("content") if isinstance(node, dict) else None
    if not isinstance(node, dict) or not isinstance(content, dict) or not content:
        return None
    is_required = node.get("required") is True
    chosen = preferred(content)
    if chosen is None or chosen.kind is Kind.BYTES:
        _leave_out(types, at, f"a body of {', '.join(content)} is not sent", is_required=is_required)
        return None
    place = below(at, "content", chosen.name)
    shape = types.shape(chosen.schema, below(place, "schema"), f"{code} body") if chosen.kind is not Kind.TEXT else None
    if chosen.kind is Kind.FORM and shape == ANYTHING and not is_required:
        return None
    if chosen.kind is Kind.FORM and not (shape and isinstance(types.named.get(shape.type), Record)):
        _leave_out(types, place, "a form needs named fields", is_required=is_required)
        return None
    documented = replace(shape or Shape(Scalar.STRING), documentation=_documentation(node))
    made = field(documented, name="body", wire="", is_required=is_required, place=Place.BODY)
    return Argument(made, {"as": chosen.kind.value, "media": chosen.name})


def _documentation(node: Node) -> str:
    said = node.get("description")
    return said.strip() if isinstance(said, str) else ""
