"""Which exact scalar a schema of a single value stands for, and which texts a closed list holds."""

from decimal import Decimal
from typing import Any, TypeGuard

import msgspec

from sacbe_adapters.rest.merging import Schema
from sacbe_adapters.rest.shapes import ANYTHING, Shape
from sacbe_terms.descriptions import Scalar

INT_MIN, INT_MAX = -(2**31), 2**31 - 1
"""The range of GraphQL's Int; an integer that may leave it is a Long."""
VALUES_TOLD_MAX = 30
"""Values of a list of numbers that are told in the documentation."""

STRING_FORMATS = {
    "date": Scalar.DATE,
    "date-time": Scalar.DATE_TIME,
    "time": Scalar.TIME,
    "duration": Scalar.DURATION,
    "byte": Scalar.BASE64,
    "base64": Scalar.BASE64,
    "decimal": Scalar.DECIMAL,
    "int64": Scalar.LONG,
    "long": Scalar.LONG,
}
NUMBER_FORMATS = {"float": Scalar.FLOAT, "double": Scalar.FLOAT}
_STRING_WORDS = frozenset({"pattern", "minLength", "maxLength", "contentEncoding", "contentMediaType"})
_NUMBER_WORDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})
_OBJECT_WORDS = ("properties", "additionalProperties", "patternProperties")
_LIST_WORDS = ("items", "prefixItems")


def kinds(schema: Schema) -> tuple[str, ...]:
    """Say which of JSON Schema's types are meant; where none is said, what the other words imply.

    Empty where a value may be anything.
    """
    said = schema.get("type")
    if isinstance(said, str):
        return (said,)
    if isinstance(said, list):
        return tuple(dict.fromkeys(name for name in said if isinstance(name, str)))
    implied = _implied(schema)
    return (implied,) if implied else tuple(dict.fromkeys(map(_kind_of, values(schema))))


def _implied(schema: Schema) -> str:
    if any(schema.get(word) for word in _OBJECT_WORDS):
        return "object"
    if any(word in schema for word in _LIST_WORDS):
        return "array"
    if "enum" in schema or "const" in schema:
        return ""
    form = str(schema.get("format"))
    if form in STRING_FORMATS or _STRING_WORDS & schema.keys():
        return "string"
    if form == "int32":
        return "integer"
    return "number" if form in NUMBER_FORMATS or _NUMBER_WORDS & schema.keys() else ""


def values(schema: Schema) -> list[Any]:
    """Give the values of a closed list, each once; empty where the list is open."""
    listed = schema.get("enum")
    if not isinstance(listed, list):
        listed = [schema["const"]] if schema.get("const") is not None else []
    return list({msgspec.json.encode(value): value for value in listed}.values())


def of_kind(schema: Schema, kind: str) -> Schema:
    """Give the schema of the values of one kind, where several are allowed."""
    narrowed = {**schema, "type": kind}
    listed = values(schema)
    if listed:
        narrowed.pop("const", None)
        narrowed["enum"] = [value for value in listed if _kind_of(value) == kind]
        if not narrowed["enum"]:
            del narrowed["enum"]
    return narrowed


def _kind_of(value: object) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "number"


def enumerated(schema: Schema) -> tuple[str, ...]:
    """Give the texts of a closed list of texts; a number or boolean among them is the text it was meant to be."""
    listed = values(schema)
    if any(isinstance(value, list | dict) for value in listed):
        return ()
    return tuple(dict.fromkeys(text(value) or "" for value in listed))


def scalar(kind: str, schema: Schema) -> Shape:
    """Give the shape of a value of this kind."""
    form = str(schema.get("format"))
    match kind:
        case "string" if schema.get("contentEncoding") in ("base64", "base64url"):
            return Shape(Scalar.BASE64, wire_type="string")
        case "string" | "file":
            return Shape(STRING_FORMATS.get(form, Scalar.STRING), wire_type="string")
        case "boolean":
            return Shape(Scalar.BOOLEAN)
        case "number":
            return Shape(NUMBER_FORMATS.get(form, Scalar.DECIMAL), wire_type="number")
        case "integer":
            return Shape(Scalar.INT if form == "int32" or _is_short(schema) else Scalar.LONG, wire_type="number")
        case _:
            return ANYTHING


def listed_in_words(schema: Schema) -> str:
    """Say in a sentence which numbers a closed list of numbers holds; empty where there is none."""
    listed = values(schema)
    if not listed or len(listed) > VALUES_TOLD_MAX or not all(_kind_of(one) in ("integer", "number") for one in listed):
        return ""
    return f"One of {', '.join(text(one) or '' for one in listed)}."


def _is_short(schema: Schema) -> bool:
    """Say whether an integer's limits or its listed values lie inside GraphQL's Int."""
    listed = values(schema)
    if listed and all(_kind_of(value) == "integer" for value in listed):
        return all(INT_MIN <= value <= INT_MAX for value in listed)
    lowest, highest = _lowest(schema), schema.get("maximum", schema.get("exclusiveMaximum"))
    if not _is_number(lowest) or not _is_number(highest):
        return False
    return bool(lowest >= INT_MIN and highest <= INT_MAX)


def _is_number(value: object) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _lowest(schema: Schema) -> Any:
    return schema.get("minimum", schema.get("exclusiveMinimum"))


def text(value: object) -> str | None:
    """Write a value as it would stand alone on the wire; None for what is not a single value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if isinstance(value, dict | list) or value is None else str(value)
