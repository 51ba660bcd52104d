"""What an operation is asked with: its parameters, and how each is written on the wire."""

from dataclasses import dataclass, replace
from typing import Any

import msgspec

from sacbe_adapters import naming
from sacbe_adapters.rest.media import Kind, preferred
from sacbe_adapters.rest.merging import documentation
from sacbe_adapters.rest.references import below, last_word
from sacbe_adapters.rest.schemas import Types
from sacbe_adapters.rest.shapes import Shape, field
from sacbe_terms.descriptions import Field, Place, Record, Scalar

IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Header parameters of these names say nothing (OpenAPI 3.0, Parameter Object)."""
PLACES = {"path": Place.PATH, "query": Place.QUERY, "header": Place.HEADER, "cookie": Place.COOKIE}
STYLES = {
    Place.PATH: ("simple", "label", "matrix"),
    Place.QUERY: ("form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"),
    Place.HEADER: ("simple",),
    Place.COOKIE: ("form", "cookie"),
}
"""The styles that are written; the first is the default."""

AS_JSON = "OpenAPI leaves open how groups in a list are written in a parameter: each is sent as JSON"
AS_JSON_TOLD = "Each is sent as JSON."
"""Said in the documentation of such a parameter."""

SHARED = ("#/components/parameters/", "#/parameters/")

Node = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One method of one path, as it stands in the document; `inherited` and `servers` are its path's."""

    method: str
    path: str
    node: Node
    at: str
    inherited: list[object]
    inherited_at: str
    servers: object = None


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
        leave_out(types, at, f"parameters in '{node.get('in')}' are not sent", is_required=is_required)
        return None
    content = node.get("content")
    is_content = isinstance(content, dict) and bool(content)
    shape, written = _of_content(types, node, at, code) if is_content else _of_schema(types, node, at, code, place)
    reason = _unwritable(written, place)
    if reason:
        leave_out(types, at, reason, is_required=is_required)
        return None
    said = documentation(node) or shape.documentation
    if _is_left_open(types, shape, written):
        types.note(at, AS_JSON)
        said = "\n\n".join(filter(None, (said, AS_JSON_TOLD)))
    documented = replace(shape, documentation=said)
    return Argument(_argument(documented, node["name"], place, is_required=is_required), written)


def _of_schema(types: Types, node: Node, at: str, code: str, place: Place) -> tuple[Shape, dict[str, object]]:
    """Give the shape of a parameter that is written in a style."""
    style = str(node.get("style", STYLES[place][0]))
    written = {
        "style": style,
        "explode": node.get("explode", style in ("form", "cookie")) is True,
        "reserved": node.get("allowReserved") is True,
    }
    return types.shape(node.get("schema", {}), below(at, "schema"), _hint(node, at, code)), written


def _of_content(types: Types, node: Node, at: str, code: str) -> tuple[Shape, dict[str, object]]:
    """Give the shape of a parameter that is written as JSON, or as a text of another type."""
    media = preferred(node["content"])
    if media is None or media.kind is not Kind.JSON:
        return Shape(Scalar.STRING, wire_type="string"), {"style": "content"}
    place = below(at, "content", media.name, "schema")
    return types.shape(media.schema, place, _hint(node, at, code)), {"json": True}


def _hint(node: Node, at: str, code: str) -> str:
    """Name a shared parameter's type by the parameter, any other's by its operation too."""
    return last_word(at) if at.startswith(SHARED) else f"{code} {node['name']}"


def _unwritable(written: dict[str, object], place: Place) -> str:
    """Say why a value cannot be written in this style; empty if it can."""
    style = written.get("style")
    if written.get("json") or style in ("content", "deepObject"):
        return ""
    if style not in STYLES[place]:
        return f"the style '{style}' is not written in the {place}"
    return ""


def _is_left_open(types: Types, shape: Shape, written: dict[str, object]) -> bool:
    """Say whether OpenAPI leaves open how a value is written: a group or a list within a list."""
    is_group = isinstance(types.named.get(shape.type), Record)
    is_nested = shape.list_depth > 1 or (shape.list_depth == 1 and is_group)
    return is_nested and "style" in written and written["style"] not in ("content", "deepObject")


def leave_out(types: Types, at: str, reason: str, *, is_required: bool) -> None:
    """Note that something optional is not sent; raises NotOffered for something required."""
    if is_required:
        raise NotOffered(at, reason)
    types.note(at, reason)
