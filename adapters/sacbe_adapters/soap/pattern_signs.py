"""Which signs an atom of a pattern stands for: XML Schema part 2, appendix F.1."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from unicodedata import category

Reader = Callable[[str], bool]
"""Says of one sign whether it is meant."""


@dataclass(frozen=True, slots=True)
class Signs:
    """A set of signs: its test, and its name in the language of `re`, if that has one.

    `inside` is that name without the brackets, empty where it cannot stand among others.
    """

    holds: Reader
    expression: str | None
    inside: str = ""


def one(sign: str) -> Signs:
    """Give the set of one sign."""
    return Signs(sign.__eq__, re.escape(sign), re.escape(sign))


def between(first: str, last: str) -> Signs:
    """Give the signs of a range."""
    inside = f"{re.escape(first)}-{re.escape(last)}"
    return Signs(lambda sign: first <= sign <= last, f"[{inside}]", inside)


def joined(parts: list[Signs]) -> Signs:
    """Give what stands in any of several sets."""
    inside = "".join(part.inside for part in parts) if all(part.inside for part in parts) else ""
    holds = [part.holds for part in parts]
    return Signs(lambda sign: any(test(sign) for test in holds), f"[{inside}]" if inside else None, inside)


def all_but(signs: Signs) -> Signs:
    """Give every other sign."""
    return Signs(lambda sign: not signs.holds(sign), f"[^{signs.inside}]" if signs.inside else None)


def without(signs: Signs, fewer: Signs) -> Signs:
    """Give the signs of one set that another does not hold."""
    return Signs(lambda sign: signs.holds(sign) and not fewer.holds(sign), None)


def of_category(name: str) -> Signs:
    """Give the signs of a general category of Unicode, or of all that begin with its letter."""
    return Signs(lambda sign: category(sign).startswith(name), None)


def _is_word(sign: str) -> bool:
    return category(sign)[0] not in "PZC"


def _begins_name(sign: str) -> bool:
    return sign in ":_" or category(sign)[0] == "L" or category(sign) == "Nl"


def _is_in_name(sign: str) -> bool:
    return sign in ".-:_·" or category(sign)[0] in "LM" or category(sign) in ("Nd", "Nl")


SPACE = Signs(" \t\n\r".__contains__, "[ \\t\\n\\r]", " \\t\\n\\r")
DIGIT = Signs(lambda sign: category(sign) == "Nd", "\\d", "\\d")

CLASSES: dict[str, Signs] = {
    "s": SPACE,
    "d": DIGIT,
    "w": Signs(_is_word, None),
    "i": Signs(_begins_name, None),
    "c": Signs(_is_in_name, None),
    "n": one("\n"),
    "r": one("\r"),
    "t": one("\t"),
}
"""What a backslash and a letter stand for; the capital is every other sign, where it has a meaning."""

ANY = all_but(joined([one("\n"), one("\r")]))
"""The dot."""

BLOCKS = {
    "BasicLatin": between("\x00", "\x7f"),
    "Latin-1Supplement": between("\x80", "\xff"),
    "LatinExtended-A": between("\u0100", "\u017f"),
    "LatinExtended-B": between("\u0180", "\u024f"),
}
"""Blocks of Unicode that patterns of registers name."""
