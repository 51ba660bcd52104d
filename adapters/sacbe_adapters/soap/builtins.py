"""The built-in types of XML Schema: which scalar each becomes, and the texts it allows.

XML Schema part 2, sections 3.2 and 3.3. Texts are checked and never rewritten: what the wire
said is what the reader gets, but for the white space that the type itself says means nothing.
"""

import base64
import binascii
import re
from calendar import monthrange
from collections.abc import Callable

from sacbe_terms.descriptions import Scalar

XSD = "http://www.w3.org/2001/XMLSchema"
"""Namespace of XML Schema."""

ENCODING_11 = "http://schemas.xmlsoap.org/soap/encoding/"
"""SOAP 1.1's encoding, by name and as a namespace."""

ENCODING_12 = "http://www.w3.org/2003/05/soap-encoding"
"""SOAP 1.2's encoding, by name and as a namespace."""

ENCODINGS = (ENCODING_11, ENCODING_12)
"""The two SOAP encodings."""

_TEXTS = """
    string normalizedString token language Name NCName NMTOKEN ID IDREF ENTITY QName NOTATION anyURI
    gYear gYearMonth gMonth gMonthDay gDay hexBinary anySimpleType anyAtomicType untypedAtomic
"""
_LONGS = "integer long unsignedInt unsignedLong nonNegativeInteger positiveInteger nonPositiveInteger negativeInteger"
_INTS = "int short byte unsignedShort unsignedByte"
LISTS = {"NMTOKENS": "NMTOKEN", "IDREFS": "IDREF", "ENTITIES": "ENTITY"}
"""Built-in list types, with the type of their items."""

SCALARS: dict[str, Scalar] = {
    **dict.fromkeys(_TEXTS.split(), Scalar.STRING),
    **dict.fromkeys(_LONGS.split(), Scalar.LONG),
    **dict.fromkeys(_INTS.split(), Scalar.INT),
    "boolean": Scalar.BOOLEAN,
    "float": Scalar.FLOAT,
    "double": Scalar.FLOAT,
    "decimal": Scalar.DECIMAL,
    "date": Scalar.DATE,
    "dateTime": Scalar.DATE_TIME,
    "dateTimeStamp": Scalar.DATE_TIME,
    "time": Scalar.TIME,
    "duration": Scalar.DURATION,
    "dayTimeDuration": Scalar.DURATION,
    "yearMonthDuration": Scalar.DURATION,
    "base64Binary": Scalar.BASE64,
    "anyType": Scalar.XML,
}
"""Scalar of each built-in type, by its local name."""

WHITE_SPACE = " \t\r\n"
"""What XML calls white space; Python's own idea of it is wider."""

_RANGES: dict[str, tuple[int | None, int | None]] = {
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
    "long": (-(2**63), 2**63 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedLong": (0, 2**64 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
}
INTEGER_DIGITS_MAX = 1000
"""Longer integers are refused before they are counted: no register holds one."""

_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?"
_DAY = r"-?(?P<year>[1-9][0-9]{3,}|0[0-9]{3})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?)"
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[Ee][+-]?[0-9]+)?")
_DATE = re.compile(_DAY + _ZONE)
_DATE_TIME = re.compile(f"{_DAY}T{_CLOCK}{_ZONE}")
_TIME = re.compile(_CLOCK + _ZONE)
_DURATION = re.compile(
    r"-?P(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?"
)
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
"""Texts of the type boolean."""

_COMMON_DAY = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])"
_COMMON_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-]0[0-9]:[0-5][0-9])?"
_COMMON: dict[Scalar, re.Pattern[str]] = {
    Scalar.LONG: re.compile(r"[0-9]{1,18}"),
    Scalar.DECIMAL: _DECIMAL,
    Scalar.DATE: re.compile(_COMMON_DAY),
    Scalar.DATE_TIME: re.compile(f"{_COMMON_DAY}T{_COMMON_CLOCK}"),
    Scalar.TIME: _TIME,
}
_TEXT_FORMS: dict[str, tuple[re.Pattern[str], str]] = {
    "gYear": (re.compile(r"-?\d{4,}" + _ZONE, re.ASCII), "a year such as 2026"),
    "gYearMonth": (re.compile(r"-?\d{4,}-(?:0[1-9]|1[0-2])" + _ZONE, re.ASCII), "a month such as 2026-11"),
    "gMonth": (re.compile("--(?:0[1-9]|1[0-2])(?:--)?" + _ZONE), "a month such as --11"),
    "gMonthDay": (re.compile("--(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])" + _ZONE), "a day such as --11-23"),
    "gDay": (re.compile("---(?:0[1-9]|[12][0-9]|3[01])" + _ZONE), "a day such as ---23"),
    "hexBinary": (re.compile("(?:[0-9A-Fa-f]{2})*"), "pairs of hexadecimal digits"),
}
"""Built-in types that are texts between the rooms and have a form on the wire."""
_NARROW = frozenset(_RANGES) - {"int", "long", "unsignedLong", "nonNegativeInteger"}

Check = Callable[[str], object]
"""Reads a text of the wire into the form of `descriptions`; raises ValueError with a plain reason."""


def check_of(scalar: Scalar, wire_type: str) -> Check:
    """Give the function that reads a text of this scalar, exactly; `wire_type` is such as `xs:unsignedByte`."""
    local = wire_type.removeprefix("xs:")
    if scalar is Scalar.INT:
        return _integer_check(local, int)
    if scalar is Scalar.LONG:
        return _integer_check(local, str)
    if local in _TEXT_FORMS:
        return _form_check(*_TEXT_FORMS[local])
    return _CHECKS.get(scalar, _text)


def common_texts(scalar: Scalar, wire_type: str) -> re.Pattern[str] | None:
    """Give a pattern of texts that are certainly of this type as they stand, so that most need no second look.

    `check_of` accepts every one of them and gives it back unchanged.
    """
    if wire_type.removeprefix("xs:") in _TEXT_FORMS:
        return _TEXT_FORMS[wire_type.removeprefix("xs:")][0]
    is_narrow = scalar is Scalar.LONG and wire_type.removeprefix("xs:") in _NARROW
    return None if is_narrow else _COMMON.get(scalar)


def _text(text: str) -> str:
    return text


def _form_check(form: re.Pattern[str], told: str) -> Check:
    return lambda text: _matching(form, text, f"it is not {told}")


def _boolean(text: str) -> bool:
    value = BOOLEANS.get(text.strip(WHITE_SPACE))
    if value is None:
        raise ValueError("it is not true or false")
    return value


def _integer_check(local: str, give: Callable[[str], object]) -> Check:
    lowest, highest = _RANGES.get(local, (None, None))

    def check(text: str) -> object:
        plain = text.strip(WHITE_SPACE)
        if not _INTEGER.fullmatch(plain) or len(plain) > INTEGER_DIGITS_MAX:
            raise ValueError("it is not a whole number")
        value = int(plain)
        if (lowest is not None and value < lowest) or (highest is not None and value > highest):
            raise ValueError(f"it is outside the range of {local}")
        return give(plain)

    return check


def _float(text: str) -> float:
    plain = text.strip(WHITE_SPACE)
    if not _FLOAT.fullmatch(plain):
        raise ValueError("it is not a finite number")
    value = float(plain)
    if value in (float("inf"), float("-inf")):
        raise ValueError("it is not a finite number")
    return value


def _decimal(text: str) -> str:
    return _matching(_DECIMAL, text, "it is not a decimal number")


def _time(text: str) -> str:
    return _matching(_TIME, text, "it is not a time such as 13:20:00")


def _duration(text: str) -> str:
    return _matching(_DURATION, text, "it is not a duration such as P1Y2M")


def _date(text: str) -> str:
    return _dated(_DATE, text, "it is not a date such as 2026-11-23")


def _date_time(text: str) -> str:
    return _dated(_DATE_TIME, text, "it is not a date and time such as 2026-11-23T13:20:00")


def _matching(pattern: re.Pattern[str], text: str, reason: str) -> str:
    plain = text.strip(WHITE_SPACE)
    if not pattern.fullmatch(plain):
        raise ValueError(reason)
    return plain


def _dated(pattern: re.Pattern[str], text: str, reason: str) -> str:
    plain = text.strip(WHITE_SPACE)
    found = pattern.fullmatch(plain)
    if found is None or (found["day"] > "28" and int(found["day"]) > _days(found["year"], found["month"])):
        raise ValueError(reason)
    return plain


def _days(year: str, month: str) -> int:
    """Days of the month; the calendar repeats itself every 400 years."""
    return monthrange(2000 + int(year[-4:]) % 400, int(month))[1]


def _base64(text: str) -> str:
    plain = text.translate(_NO_WHITE_SPACE)
    try:
        base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("it is not base64") from error
    return plain


_NO_WHITE_SPACE = dict.fromkeys(map(ord, WHITE_SPACE))

_CHECKS: dict[Scalar, Check] = {
    Scalar.BOOLEAN: _boolean,
    Scalar.FLOAT: _float,
    Scalar.DECIMAL: _decimal,
    Scalar.DATE: _date,
    Scalar.DATE_TIME: _date_time,
    Scalar.TIME: _time,
    Scalar.DURATION: _duration,
    Scalar.BASE64: _base64,
}
