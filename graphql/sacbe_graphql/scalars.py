"""Scalars that lose nothing: what a ministry wrote is what the caller reads, digit for digit.

Apart from JSON, each is a text in the lexical form of XML Schema 1.1 part 2, and a JSON string in
answers, since JSON numbers are rounded by most readers. `Decimal` and `Long` also take numbers,
by their text: `10.50` stays `10.50`, because `LexicalFloat` keeps what the request's JSON said.
"""

import base64
import binascii
import datetime
import re
from collections.abc import Callable, Mapping
from typing import NewType

from graphql import (
    ConstValueNode,
    FloatValueNode,
    GraphQLError,
    GraphQLScalarType,
    IntValueNode,
    StringValueNode,
    value_from_ast_untyped,
)
from strawberry.types.scalar import ScalarDefinition

from sacbe_terms.descriptions import Scalar

Decimal = NewType("Decimal", str)
Date = NewType("Date", str)
DateTime = NewType("DateTime", str)
Time = NewType("Time", str)
Duration = NewType("Duration", str)
Long = NewType("Long", str)
Base64Binary = NewType("Base64Binary", str)
Json = NewType("Json", str)
Xml = NewType("Xml", str)

_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_DAY = r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"([01][0-9]|2[0-4]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?"
_DURATION = (
    r"-?P(?=[0-9T])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?"
)

_TEXT_IN_MESSAGE_MAX = 40
"""A refused value is quoted up to here: an answer does not repeat what a caller sends at length."""


class LexicalFloat(float):
    """A JSON number with a fraction or exponent, and the text in which it was written."""

    text: str

    def __new__(cls, text: str) -> "LexicalFloat":
        """Read a JSON number; made for `msgspec.json.Decoder(float_hook=...)`."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


def _is_day(text: str) -> bool:
    if re.fullmatch(_DAY + _ZONE, text) is None:
        return False
    year, month, day = (int(part) for part in re.findall(r"[0-9]+", text)[:3])
    try:
        datetime.date(2000 + year % 400, month, day)  # the calendar repeats itself every 400 years
    except ValueError:
        return False
    return True


def _is_moment(text: str) -> bool:
    day, found, clock = text.partition("T")
    return bool(found) and "Z" not in day and _is_day(day) and re.fullmatch(_CLOCK + _ZONE, clock) is not None


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode("".join(text.split()).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return False
    return True


def _is_element(text: str) -> bool:
    return text.startswith("<") and text.endswith(">") and "<!DOCTYPE" not in text


def _refused(name: str, value: object, example: str) -> GraphQLError:
    shown = value if isinstance(value, str) else repr(value)
    if len(shown) > _TEXT_IN_MESSAGE_MAX:
        shown = shown[:_TEXT_IN_MESSAGE_MAX] + "…"
    return GraphQLError(f"{name} cannot be '{shown}'; write it as {example}.")


def _number_text(value: object) -> str | None:
    if isinstance(value, LexicalFloat):
        return value.text
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _text_scalar(
    name: str, is_valid: Callable[[str], bool], *, example: str, description: str, is_number: bool = False
) -> GraphQLScalarType:
    """Make a scalar whose value is a checked text, both ways."""

    def accepted(text: str | None, given: object) -> str:
        if text is None or not is_valid(text):
            raise _refused(name, given, example)
        return text

    def from_value(value: object) -> str:
        text = value if isinstance(value, str) else _number_text(value) if is_number else None
        return accepted(text, value)

    def from_literal(node: ConstValueNode) -> str:
        kinds = (StringValueNode, IntValueNode, FloatValueNode) if is_number else (StringValueNode,)
        return accepted(node.value if isinstance(node, kinds) else None, getattr(node, "value", node.kind))

    def to_text(value: object) -> str:
        text = value if isinstance(value, str) else _number_text(value) if is_number else None
        if text is None:
            raise GraphQLError(f"{name} was answered with a value of another type.")
        return text

    return GraphQLScalarType(
        name,
        description=f"{description} Written as {example}.",
        coerce_output_value=to_text,
        coerce_input_value=from_value,
        coerce_input_literal=from_literal,
    )


def _plain(value: object) -> object:
    if isinstance(value, LexicalFloat):
        return float(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _unchanged(value: object) -> object:
    return value


_JSON = GraphQLScalarType(
    "JSON",
    description="Any JSON value, as the provider's system gave it.",
    coerce_output_value=_unchanged,
    coerce_input_value=_plain,
    coerce_input_literal=value_from_ast_untyped,
)

_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"

SCALARS: Mapping[Scalar, GraphQLScalarType] = {
    Scalar.DECIMAL: _text_scalar(
        "Decimal",
        _matches(_NUMBER),
        example='"10.50"',
        description="A decimal number of any length, exact.",
        is_number=True,
    ),
    Scalar.LONG: _text_scalar(
        "Long",
        _matches(r"[+-]?[0-9]+"),
        example='"9007199254740993"',
        description="An integer of any length, exact.",
        is_number=True,
    ),
    Scalar.DATE: _text_scalar(
        "Date", _is_day, example='"2026-11-23"', description="A day, with its time zone where the source gives one."
    ),
    Scalar.DATE_TIME: _text_scalar(
        "DateTime",
        _is_moment,
        example='"2026-11-23T08:30:00-06:00"',
        description="A moment, with its time zone where the source gives one.",
    ),
    Scalar.TIME: _text_scalar("Time", _matches(_CLOCK + _ZONE), example='"08:30:00"', description="A time of the day."),
    Scalar.DURATION: _text_scalar(
        "Duration", _matches(_DURATION), example='"P3D"', description="A length of time (xsd:duration)."
    ),
    Scalar.BASE64: _text_scalar(
        "Base64Binary", _is_base64, example='"U2FjYsOp"', description="Bytes in Base64 (RFC 4648, section 4)."
    ),
    Scalar.JSON: _JSON,
    Scalar.XML: _text_scalar(
        "XML", _is_element, example='"<nota>…</nota>"', description="One well-formed XML element, as text."
    ),
}
"""The custom scalars by their name in descriptions; String, Boolean, Int and Float are GraphQL's own."""


def _definition(scalar: GraphQLScalarType) -> ScalarDefinition:
    return ScalarDefinition(
        name=scalar.name,
        description=scalar.description,
        specified_by_url=None,
        serialize=None,
        parse_value=None,
        parse_literal=None,
        implementation=scalar,
    )


STATIC_SCALARS: Mapping[object, ScalarDefinition] = {
    Decimal: _definition(SCALARS[Scalar.DECIMAL]),
    Long: _definition(SCALARS[Scalar.LONG]),
    Date: _definition(SCALARS[Scalar.DATE]),
    DateTime: _definition(SCALARS[Scalar.DATE_TIME]),
    Time: _definition(SCALARS[Scalar.TIME]),
    Duration: _definition(SCALARS[Scalar.DURATION]),
    Base64Binary: _definition(SCALARS[Scalar.BASE64]),
    Json: _definition(SCALARS[Scalar.JSON]),
    Xml: _definition(SCALARS[Scalar.XML]),
}
"""The same for strawberry: the Python type of an annotation to the one scalar object."""
