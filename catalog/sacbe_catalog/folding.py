"""Texts made comparable: folded for matching, and keyed for Spanish alphabetical order.

Folding drops what people leave out when they type: case, accents, the sign of the glottal stop.
The database's own collations are not used: what one server sorts or folds another may not.
"""

import re
import unicodedata
from typing import Final

GLOTTAL_SIGNS: Final = "'\u2019\u02bc\u2018\u00b4`\u02bb\u02bd"
"""Signs that writers of Mayan languages use for one letter; search treats them as one and as left out."""

SORT_KEY_CHARACTERS_MAX: Final = 200
"""Of a sort key: what an index can hold, and more than tells two titles apart."""

_WITHOUT_GLOTTAL = str.maketrans("", "", GLOTTAL_SIGNS)
_WITHOUT_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Give the words of a text in lower case, without accents and glottal signs, one space between them."""
    folded = without_glottal(text).casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKD", folded).translate(_WITHOUT_ACCENTS).casefold()
    return " ".join(_WORD.findall(folded))


def without_glottal(text: str) -> str:
    """Give a text without the signs of the glottal stop, so that `k'iche'` is one word, however written."""
    return text.translate(_WITHOUT_GLOTTAL)


def words(text: str) -> tuple[str, ...]:
    """Give the words of a text in lower case, accents kept and glottal signs left out."""
    return tuple(_WORD.findall(without_glottal(unicodedata.normalize("NFC", text)).casefold()))


def sort_key(text: str) -> str:
    """Give a key whose byte order is Spanish alphabetical order: ñ after n, accents and case aside.

    Accents break ties last, as the Real Academia's order has it (and UCA's secondary level).
    """
    lowered = unicodedata.normalize("NFC", text.casefold())
    primary = "".join(_primary(character) for character in lowered)
    return f"{' '.join(primary.split())}\x01{lowered}"[:SORT_KEY_CHARACTERS_MAX]


def _primary(character: str) -> str:
    if character == "ñ":
        return "n\x7f"
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return base if base.isalnum() else " "
