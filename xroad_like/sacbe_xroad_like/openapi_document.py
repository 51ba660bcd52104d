"""A data service's translation as an OpenAPI 3.1 document, written from its description.

Values have the form in which they cross rooms (`sacbe_terms.descriptions`): decimals, times and
long numbers are texts, so that no reader of JSON rounds them. An operation is a POST of its
arguments as one object, whatever its system speaks.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, NamedType, Operation, Record, Scalar
from sacbe_terms.identifiers import DataServiceId

OPENAPI_VERSION = "3.1.0"

_SCALARS: Mapping[str, dict[str, Any]] = {
    Scalar.STRING: {"type": "string"},
    Scalar.BOOLEAN: {"type": "boolean"},
    Scalar.INT: {"type": "integer", "format": "int32"},
    Scalar.FLOAT: {"type": "number", "format": "double"},
    Scalar.LONG: {"type": "string", "pattern": "^-?[0-9]+$"},
    Scalar.DECIMAL: {"type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$"},
    Scalar.DATE: {"type": "string", "format": "date"},
    Scalar.DATE_TIME: {"type": "string", "format": "date-time"},
    Scalar.TIME: {"type": "string", "format": "time"},
    Scalar.DURATION: {"type": "string", "format": "duration"},
    Scalar.BASE64: {"type": "string", "contentEncoding": "base64"},
    Scalar.JSON: {},
    Scalar.XML: {"type": "string", "contentMediaType": "application/xml"},
}

_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["type", "message", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["SACBE-301"]},
        "message": {"type": "string"},
        "detail": {"type": "string"},
        "hint": {"type": "string"},
        "fault": {
            "type": "object",
            "description": "The ministry's own fault.",
            "properties": {"code": {"type": "string"}, "text": {"type": "string"}, "detail": {"type": "object"}},
        },
    },
}


def document(identifier: DataServiceId, description: Description) -> dict[str, Any]:
    """Write the document of a data service; its one server is the node that gives it out."""
    schemas = {name: _schema(named) for name, named in description.types.items()}
    title = description.title or identifier.service_code
    return {
        "openapi": OPENAPI_VERSION,
        "info": {"title": title, "version": str(description.form), **_told(description.documentation)},
        "servers": [{"url": f"/t1/{identifier}"}],
        "paths": {f"/{operation.code}": _path(operation) for operation in description.operations},
        "components": {
            "schemas": {**schemas, "SacbeError": _ERROR},
            "parameters": {header: _header(header, about) for header, about in _HEADERS.items()},
        },
    }


_HEADERS = {
    "X-Road-Client": "Who asks: instance, class, member and subsystem.",
    "X-Road-Id": "The request's id. A repeat under the same id within a day gets the recorded answer.",
    "X-Road-UserId": "The official who asks.",
    "X-Road-Issue": "The case that it is asked for.",
    "Sacbe-Purpose": "The agreement under which it is asked.",
}


def _header(name: str, about: str) -> dict[str, Any]:
    return {
        "name": name, "in": "header", "description": about, "schema": {"type": "string"},
        "required": name == "X-Road-Client",
    }  # fmt: skip


def _path(operation: Operation) -> dict[str, Any]:
    asked = _object(operation.arguments)
    return {
        "post": {
            "operationId": operation.code,
            **_told(operation.documentation),
            "parameters": [{"$ref": f"#/components/parameters/{header}"} for header in _HEADERS],
            "requestBody": {"required": bool(asked.get("required")), "content": _json(asked)},
            "responses": {
                "200": {"description": "The answer.", "content": _json(_field(operation.result))},
                "default": {
                    "description": "An error, with its code.",
                    "content": _json({"$ref": "#/components/schemas/SacbeError"}),
                },
            },
        }
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _schema(named: NamedType) -> dict[str, Any]:
    match named:
        case Enumeration():
            return {"type": "string", "enum": [value.name for value in named.values], **_told(named.documentation)}
        case Choice():
            return {"oneOf": [_member(name) for name in named.members], **_told(named.documentation)}
        case Record():
            return {**_object(named.fields), **_told(named.documentation)}


def _member(name: str) -> dict[str, Any]:
    """A member of a choice is told by its type's name, beside its own fields."""
    named = {"type": "object", "required": ["__typename"], "properties": {"__typename": {"const": name}}}
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}, named]}


def _object(fields: Sequence[Field]) -> dict[str, Any]:
    required = [field.name for field in fields if field.is_required]
    schema: dict[str, Any] = {"type": "object", "properties": {field.name: _field(field) for field in fields}}
    return {**schema, "required": required} if required else schema


def _field(field: Field) -> dict[str, Any]:
    schema = dict(_SCALARS[field.type]) if field.type in _SCALARS else {"$ref": f"#/components/schemas/{field.type}"}
    for depth in range(field.list_depth):
        items = _or_null(schema) if depth == 0 and field.items_nullable else schema
        schema = {"type": "array", "items": items}
    if field.is_nullable or not field.is_required:
        schema = _or_null(schema)
    return {**schema, **_told(field.documentation)}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """An empty schema takes null already."""
    return {"anyOf": [schema, {"type": "null"}]} if schema else schema


def _told(documentation: str) -> dict[str, str]:
    return {"description": documentation} if documentation else {}
