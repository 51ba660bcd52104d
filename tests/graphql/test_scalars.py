"""Custom scalars: exact texts in, exact texts out, and nonsense refused with a message."""

import datetime
import decimal

import msgspec
import pytest
from graphql import GraphQLError, parse_const_value
from hypothesis import given
from hypothesis import strategies as st

from sacbe_graphql.request import of_json
from sacbe_graphql.scalars import SCALARS, LexicalFloat
from sacbe_terms.descriptions import Scalar

GOOD = {
    Scalar.DECIMAL: ["10.50", "-0", "+.5", "7.", "00012.30", "123456789012345678901234567890.123456789"],
    Scalar.LONG: ["9007199254740993", "-1", "0007"],
    Scalar.DATE: ["2026-11-23", "2026-11-23-06:00", "2000-02-29Z", "12026-01-01", "-0044-03-15"],
    Scalar.DATE_TIME: ["2026-11-23T08:30:00", "2026-11-23T08:30:00.1234567-06:00", "2016-12-31T23:59:60Z"],
    Scalar.TIME: ["08:30:00", "24:00:00", "08:30:00.5Z"],
    Scalar.DURATION: ["P3D", "-P1Y2M3DT4H5M6.7S", "PT0S", "P2W"],
    Scalar.BASE64: ["", "U2FjYsOp", "U2Fj\n YsOp", "QQ=="],
    Scalar.XML: ["<nota/>", "<a>&amp;</a>"],
}
BAD = {
    Scalar.DECIMAL: ["", "ten", "1e3", "1,5", "NaN", "INF", "١٢", " 1", "1\n"],
    Scalar.LONG: ["", "1.0", "0x1F", "1e3", "١٢"],
    Scalar.DATE: ["2026-02-30", "2025-02-29", "26-11-23", "2026-13-01", "2026-11-23T00:00:00", "2026/11/23"],
    Scalar.DATE_TIME: [
        "2026-11-23",
        "2026-11-23 08:30:00",
        "2026-11-23T08:30",
        "2026-11-23ZT08:30:00",
        "2026-02-30T00:00:00",
    ],
    Scalar.TIME: ["08:30", "25:00:00", "08:60:00"],
    Scalar.DURATION: ["", "P", "PT", "3D", "P3", "P1H"],
    Scalar.BASE64: ["a", "????", "ñ===", "QQ=A"],
    Scalar.XML: ["", "nota", "<!DOCTYPE a><a/>"],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_a_good_text_passes_unchanged(kind: Scalar, text: str) -> None:
    """What is well-formed goes in by variable and by literal, and out, without a character changed."""
    scalar = SCALARS[kind]
    literal = parse_const_value(msgspec.json.encode(text).decode())
    assert scalar.coerce_input_value(text) == text
    assert scalar.coerce_input_literal is not None
    assert scalar.coerce_input_literal(literal) == text
    assert scalar.coerce_output_value(text) == text


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BAD.items() for text in texts])
def test_nonsense_is_refused_with_an_example(kind: Scalar, text: str) -> None:
    """What is not well-formed is refused, and the message shows how to write it."""
    with pytest.raises(GraphQLError, match="write it as"):
        SCALARS[kind].coerce_input_value(text)


@pytest.mark.parametrize("value", [True, None, 1.5, [], {}])
@pytest.mark.parametrize("kind", GOOD)
def test_other_types_are_refused(kind: Scalar, value: object) -> None:
    """A value of another type is refused, a rounded number too."""
    with pytest.raises(GraphQLError):
        SCALARS[kind].coerce_input_value(value)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_every_decimal_survives(number: decimal.Decimal) -> None:
    """Any decimal, written out, goes through as a text, as a literal number and as a JSON number, digit for digit."""
    text = format(number, "f")
    scalar = SCALARS[Scalar.DECIMAL]
    assert scalar.coerce_input_literal is not None
    assert scalar.coerce_input_value(text) == text
    assert scalar.coerce_input_literal(parse_const_value(text)) == text
    sent = of_json(b'{"query": "{ a }", "variables": {"n": ' + text.encode() + b"}}")
    assert sent.variables is not None
    received = scalar.coerce_input_value(sent.variables["n"])
    assert decimal.Decimal(received) == number
    assert received == text or "." not in text  # -0 is 0 as a JSON integer


@given(st.dates())
def test_every_day_is_a_date(day: datetime.date) -> None:
    """Every day of the calendar is accepted, and the day after the month's last is not."""
    assert SCALARS[Scalar.DATE].coerce_input_value(day.isoformat()) == day.isoformat()
    with pytest.raises(GraphQLError):
        SCALARS[Scalar.DATE].coerce_input_value(f"{day.year:04d}-{day.month:02d}-32")


def test_json_keeps_its_shape_and_becomes_plain() -> None:
    """JSON goes in by variable and by literal, and can be written again by any encoder."""
    scalar = SCALARS[Scalar.JSON]
    sent = of_json(b'{"query": "{ a }", "variables": {"j": {"a": [1, 2.50, null, "x"]}}}')
    assert sent.variables is not None
    plain = scalar.coerce_input_value(sent.variables["j"])
    assert msgspec.json.decode(msgspec.json.encode(plain)) == {"a": [1, 2.5, None, "x"]}
    assert scalar.coerce_input_literal is not None
    assert scalar.coerce_input_literal(parse_const_value('{a: [1, 2.5, null, "x"]}')) == {"a": [1, 2.5, None, "x"]}


def test_a_long_refused_text_is_not_repeated() -> None:
    """The message quotes the beginning of a long value only."""
    with pytest.raises(GraphQLError) as refused:
        SCALARS[Scalar.DECIMAL].coerce_input_value("x" * 10_000)
    assert len(refused.value.message) < 120


def test_a_json_number_keeps_its_text() -> None:
    """A fraction in a request's JSON is a number for Float and a text for Decimal."""
    number = LexicalFloat("10.50")
    assert number == 10.5
    assert number.text == "10.50"
