"""Fictitious values in place of real ones: of the same shape, plausible to a form, and nobody's.

What a value becomes is drawn anew for each recording and kept nowhere, so that nothing leads back; within one
recording the same value becomes the same, so that what belonged together still does.

A CUI ends in 9999, a department and municipality that there are not; a NIT has a check digit that is not its own;
no telephone number of Guatemala begins with 0; example.org is nobody's (RFC 2606); births are of the year 1900.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from enum import StrEnum

from sacbe_terms import choices


class Kind(StrEnum):
    """What a text is of a person; OTHER where no name and no sign of it tells."""

    CUI = "cui"
    NIT = "nit"
    EMAIL = "e-mail"
    TELEPHONE = "telephone"
    ADDRESS = "address"
    NAME = "name"
    DATE = "date"
    OTHER = "other"


WORDS: Mapping[Kind, frozenset[str]] = {
    Kind.CUI: frozenset({"cui", "dpi"}),
    Kind.NIT: frozenset({"nit"}),
    Kind.EMAIL: frozenset({"correo", "email", "mail"}),
    Kind.TELEPHONE: frozenset({"telefono", "telefonos", "celular", "movil", "phone", "mobile", "fax", "telefone"}),
    Kind.ADDRESS: frozenset(
        {"direccion", "domicilio", "residencia", "calle", "avenida", "address", "street", "endereco"}
    ),
    Kind.NAME: frozenset(
        {
            "nombre",
            "nombres",
            "apellido",
            "apellidos",
            "name",
            "surname",
            "nome",
            "sobrenome",
            "madre",
            "padre",
            "conyuge",
            "titular",
        }
    ),
}
"""Words in a field's name, without accents, that tell what stands in it."""

NAMES = ("Ejemplo", "Ficticia", "Inventado", "Muestra", "Prueba", "Modelo")
NAME_WORDS_MAX = 6
"""Longer names become as long as this."""

TEXT = "Texto de muestra"

_CUI_DIGITS = 13
_NOWHERE = "9999"
_DATE = re.compile(r"(-?\d{4,})-(\d\d)-(\d\d)(?!\d)")
_CLOCK = re.compile(r"(?<=[Tt ])\d\d:\d\d(:\d\d(\.\d+)?)?")
_DIGITS = "0123456789"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def kind_of(name: str, text: str) -> Kind:
    """Say what a text is: by its own signs, then by the name of its field."""
    if "@" in text:
        return Kind.EMAIL
    if _DATE.match(text):
        return Kind.DATE
    words = choices.words(name)
    return next((kind for kind, known in WORDS.items() if not known.isdisjoint(words)), _by_digits(text))


def _by_digits(text: str) -> Kind:
    return Kind.CUI if len(re.sub(r"[\s-]", "", text)) == _CUI_DIGITS and text[:1].isdigit() else Kind.OTHER


def fictitious(kind: Kind, text: str) -> str:
    """Give another text of this kind and of the shape of this one; no digit of it stays at its place."""
    return _MAKERS[kind](text)


def reshaped(text: str) -> str:
    """Give a text with another digit for each digit and another letter for each letter; the rest stays."""
    return "".join(map(_another, text))


def _another(sign: str) -> str:
    if sign.isdigit():
        return _drawn(_DIGITS[1:], sign)
    if not sign.isalpha():
        return sign
    letter = _drawn(_LETTERS, sign.lower())
    return letter.upper() if sign.isupper() else letter


def _drawn(signs: str, other_than: str) -> str:
    return secrets.choice(signs.replace(other_than, ""))


def _in_shape(text: str, digits: str) -> str:
    """Give a text with these digits, the last ones last, in the places of its own."""
    given = iter(digits)
    return "".join(next(given) if sign.isdigit() else sign for sign in text)


def _cui(text: str) -> str:
    count = sum(sign.isdigit() for sign in text)
    if count != _CUI_DIGITS:
        return reshaped(text)
    drawn = "".join(sign for sign in reshaped(text) if sign.isdigit())
    return _in_shape(text, drawn[: -len(_NOWHERE)] + _NOWHERE)


def _nit(text: str) -> str:
    """Draw until the check digit is wrong: modulo 11, weights from 2 upwards from the right, K for 10."""
    drawn = reshaped(text)
    while _is_nit(drawn):
        drawn = reshaped(text)
    return drawn


def _is_nit(text: str) -> bool:
    *digits, check = [sign for sign in text.upper() if sign.isdigit() or sign == "K"] or [""]
    if not all(map(str.isdigit, digits)):
        return False
    total = sum(int(digit) * weight for weight, digit in enumerate(reversed(digits), 2))
    return check == "0123456789K"[-total % 11]


def _telephone(text: str) -> str:
    """Leave a country's code as it is, where one is written apart."""
    country = re.match(r"\+\d{1,3}[\s-]", text)
    start = country.end() if country else 0
    drawn = reshaped(text[start:])
    return text[:start] + re.sub(r"\d", "0", drawn, count=1)


def _email(_: str) -> str:
    return f"muestra{secrets.randbelow(10_000):04}@example.org"


def _address(_: str) -> str:
    return f"Calle Ficticia 0-{secrets.randbelow(100):02}, zona 0"


def _name(text: str) -> str:
    words = [secrets.choice(NAMES) for _ in text.split()[:NAME_WORDS_MAX]]
    return _as_loud(text, " ".join(words))


def _date(text: str) -> str:
    """Give a day of 1900, at noon where there is a time, with whatever stands behind it."""
    day = f"1900-{secrets.randbelow(12) + 1:02}-{secrets.randbelow(28) + 1:02}"
    found = _DATE.match(text)
    rest = text[found.end() :] if found else ""
    return day + _CLOCK.sub("12:00:00", rest, count=1)


def _other(text: str) -> str:
    return reshaped(text) if any(map(str.isdigit, text)) else _as_loud(text, TEXT)


def _as_loud(text: str, made: str) -> str:
    return made.upper() if text.isupper() else made


_MAKERS: Mapping[Kind, Callable[[str], str]] = {
    Kind.CUI: _cui,
    Kind.NIT: _nit,
    Kind.EMAIL: _email,
    Kind.TELEPHONE: _telephone,
    Kind.ADDRESS: _address,
    Kind.NAME: _name,
    Kind.DATE: _date,
    Kind.OTHER: _other,
}
