"""One plain schema out of the several ways in which OpenAPI lets one be written.

`allOf` becomes one schema; `null` among the types, among the members of `oneOf`, among the
values of `enum`, and `nullable` in each of its spellings become one flag. What stays is the
schema that a value which is there must fit.
"""

from collections.abc import Iterator
from typing import Any, TypeGuard

from sacbe_adapters.rest.references import Document, below

ANNOTATIONS = frozenset(
    {"title", "description", "example", "examples", "deprecated", "readOnly", "writeOnly", "default", "externalDocs"}
    | {"xml", "summary", "$comment"}
)
"""What says nothing about the form of a value."""
NULLABLE_SPELLINGS = ("nullable", "x-nullable", "x-isnullable")
OWN_WORDS = ("title", "discriminator")
"""What a schema says of itself alone, and not of those that are made from it."""

Schema = dict[str, Any]


def is_schema(node: object) -> TypeGuard[Schema]:
    """Say whether a node is a schema that says something (`true` and `{}` say nothing)."""
    return isinstance(node, dict)


def merged(document: Document, schema: Schema, at: str) -> Schema:
    """Give a schema in which `allOf` is written out: properties and `required` of all, the outer word last.

    A `$ref` with words beside it is one more part (JSON Schema 2020-12, section 8.2.3.1). A schema that
    is a part of itself adds nothing there. Each is written out once, however often it is a part.
    Raises BrokenReference.
    """
    return _written_out(document, schema, at, {})


def _written_out(document: Document, schema: Schema, at: str, known: dict[str, Schema]) -> Schema:
    parts = list(_parts(schema, at))
    if not parts:
        return schema
    result: Schema = {}
    for member, member_at in parts:
        part, place = document.resolved(member, member_at)
        if is_schema(part):
            whole = document.rebased(_known_part(document, part, place, known), place, at)
            _lay_over(result, _of_others(whole) if place != member_at else whole)
    _lay_over(result, {key: value for key, value in schema.items() if key not in ("allOf", "$ref")})
    return result


def _known_part(document: Document, part: Schema, place: str, known: dict[str, Schema]) -> Schema:
    if place not in known:
        known[place] = {}  # what stands here while the part itself is being written out
        known[place] = _written_out(document, part, place, known)
    return known[place]


def has_parts(schema: Schema) -> bool:
    """Say whether a schema is made of others by `allOf` or by words beside a `$ref`."""
    return "allOf" in schema or "$ref" in schema


def _parts(schema: Schema, at: str) -> Iterator[tuple[object, str]]:
    if isinstance(schema.get("$ref"), str):
        yield {"$ref": schema["$ref"]}, at
    members = schema.get("allOf")
    for position, member in enumerate(members if isinstance(members, list) else ()):
        yield member, below(at, "allOf", position)


def _of_others(schema: Schema) -> Schema:
    """Give what a shared schema says of the schemas that are made from it."""
    return {key: value for key, value in schema.items() if key not in OWN_WORDS or "oneOf" in schema}


def _lay_over(result: Schema, part: Schema) -> None:
    for key, value in part.items():
        known = result.get(key)
        if key == "properties" and isinstance(value, dict) and isinstance(known, dict):
            result[key] = known | {name: _both(known.get(name), member) for name, member in value.items()}
        elif key == "required" and isinstance(value, list) and isinstance(known, list):
            result[key] = [*known, *(name for name in value if name not in known)]
        else:
            result[key] = value


def _both(earlier: object, later: object) -> object:
    """Let a member that is described twice be both; one that says its whole form again is enough."""
    if not is_schema(earlier) or not is_schema(later) or earlier == later or "$ref" in later or "type" in later:
        return later
    if not _form_words(later):
        return earlier | later
    return {"allOf": [earlier, later]}


def lone_reference(document: Document, schema: Schema) -> Schema | None:
    """Give the `$ref` that is all that a schema says, be it alone or the single member of `allOf`."""
    if "$ref" in schema:
        return schema if not document.siblings_count or not _form_words(schema) - {"$ref", "type"} else None
    members = schema.get("allOf")
    if isinstance(members, list) and len(members) == 1 and is_schema(members[0]) and "$ref" in members[0]:
        alone = lone_reference(document, members[0])
        return alone if not _form_words(schema) - {"allOf", "type"} else None
    return None


def _form_words(schema: Schema) -> set[str]:
    said = schema.keys() - ANNOTATIONS - set(NULLABLE_SPELLINGS)
    return {word for word in said if not word.startswith("x-")}


def without_null(schema: Schema) -> tuple[Schema, bool]:
    """Give the schema of a value that is there, and whether it may be null instead."""
    is_nullable = any(schema.get(spelling) in (True, "true") for spelling in NULLABLE_SPELLINGS)
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
    if not isinstance(member, dict):
        return False
    alone = member.get("nullable") is True and not _form_words(member)
    return (
        alone
        or member.get("type") in ("null", ["null"])
        or ("const" in member and member["const"] is None)
        or (member.get("enum") == [None])
    )


def alternatives(schema: Schema) -> tuple[str, list[object]]:
    """Give the members of `oneOf`, else `anyOf`, that describe a form, and which it is; conditions are left out."""
    for key in ("oneOf", "anyOf"):
        members = schema.get(key)
        if isinstance(members, list):
            return key, [member for member in members if not _is_condition(member)]
    return "", []


def _is_condition(member: object) -> bool:
    """Say whether a member only demands keys that its parent describes (`{required: [a]}`)."""
    return isinstance(member, dict) and bool(member) and not _form_words(member) - {"required", "not"}


def documentation(node: Schema) -> str:
    """Give what a node says of itself."""
    said = node.get("description")
    return said.strip() if isinstance(said, str) else ""
