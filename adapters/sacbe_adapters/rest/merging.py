"""One plain schema out of the several ways in which OpenAPI lets one be written.

`allOf` becomes one schema; `null` among the types, among the members of `oneOf`, among the
values of `enum`, and `nullable` in each of its spellings become one flag. What stays is the
schema that a value which is there must fit.
"""

from typing import Any, TypeGuard

from sacbe_adapters.rest.references import Document, below

ANNOTATIONS = frozenset(
    {"title", "description", "example", "examples", "deprecated", "readOnly", "writeOnly", "default"}
)
"""What says nothing about the form of a value."""
NULLABLE_SPELLINGS = ("nullable", "x-nullable", "x-isnullable")

Schema = dict[str, Any]


def is_schema(node: object) -> TypeGuard[Schema]:
    """Say whether a node is a schema that says something (`true` and `{}` say nothing)."""
    return isinstance(node, dict)


def merged(document: Document, schema: Schema, at: str, seen: frozenset[str] = frozenset()) -> Schema:
    """Give a schema in which `allOf` is written out: properties and `required` of all, the outer word last."""
    if not isinstance(schema.get("allOf"), list):
        return schema
    result: Schema = {}
    for position, member in enumerate(schema["allOf"]):
        part, place = document.resolved(member, below(at, "allOf", position))
        if is_schema(part) and place not in seen:
            _lay_over(result, merged(document, part, place, seen | {place}))
    _lay_over(result, {key: value for key, value in schema.items() if key != "allOf"})
    return result


def _lay_over(result: Schema, part: Schema) -> None:
    for key, value in part.items():
        if key == "properties" and isinstance(value, dict):
            result["properties"] = result.get("properties", {}) | value
        elif key == "required" and isinstance(value, list):
            result["required"] = [*result.get("required", []), *value]
        else:
            result[key] = value


def lone_reference(schema: Schema) -> Schema | None:
    """Give the `$ref` that is all that a schema says, be it alone or the single member of `allOf`."""
    if "$ref" in schema:
        return schema
    members = schema.get("allOf")
    if isinstance(members, list) and len(members) == 1 and is_schema(members[0]) and "$ref" in members[0]:
        others = schema.keys() - ANNOTATIONS - set(NULLABLE_SPELLINGS) - {"allOf"}
        return members[0] if not others or others <= {"type"} else None
    return None


def without_null(schema: Schema) -> tuple[Schema, bool]:
    """Give the schema of a value that is there, and whether it may be null instead."""
    is_nullable = any(schema.get(spelling) is True for spelling in NULLABLE_SPELLINGS)
    result = dict(schema)
    if isinstance(schema.get("type"), list):
        types = [name for name in schema["type"] if name != "null"]
        is_nullable |= len(types) < len(schema["type"])
        result["type"] = types[0] if len(types) == 1 else types
    if isinstance(schema.get("enum"), list) and None in schema["enum"]:
        is_nullable = True
        result["enum"] = [value for value in schema["enum"] if value is not None]
    for key in ("oneOf", "anyOf"):
        if isinstance(schema.get(key), list):
            result[key] = [member for member in schema[key] if not _is_null(member)]
            is_nullable |= len(result[key]) < len(schema[key])
    return result, is_nullable


def _is_null(member: object) -> bool:
    return isinstance(member, dict) and (member.get("type") in ("null", ["null"]) or member.get("enum") == [None])


def alternatives(schema: Schema) -> list[object]:
    """Give the members of `oneOf` or `anyOf` that describe a form; conditions alone are left out."""
    for key in ("oneOf", "anyOf"):
        members = schema.get(key)
        if isinstance(members, list):
            return [member for member in members if not _is_condition(member)]
    return []


def _is_condition(member: object) -> bool:
    """Say whether a member only demands keys that its parent describes (`{required: [a]}`)."""
    return isinstance(member, dict) and not member.keys() - ANNOTATIONS - {"required", "not"}
