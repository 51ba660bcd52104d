"""Rules of plain Spanish for what people read: each finds a fault in one text, purely.

Limits follow the handbooks of plain language that administrations use (sentences of at most some 25 words, titles
that begin with what one does, no jargon); they are figures here, and nobody's law.
"""

import re
from collections.abc import Iterator
from typing import Final

from sacbe_catalog import folding

SENTENCE_WORDS_MAX: Final = 28
"""In one sentence; longer ones are read twice."""

TEXT_WORDS_MAX: Final = 110
"""In a description; what is longer belongs into requirements, steps or costs."""

TITLE_WORDS_MAX: Final = 11
"""In a title."""

JARGON: Final = {
    "interesado": "usted",
    "interesada": "usted",
    "administrado": "usted",
    "peticionario": "usted",
    "requirente": "usted",
    "precitado": "este",
    "precitada": "esta",
    "antedicho": "este",
    "susodicho": "este",
    "fehaciente": "que lo pruebe",
    "fehacientemente": "con pruebas",
    "personarse": "ir",
    "apersonarse": "ir",
    "avocarse": "ir",
    "abocarse": "ir",
    "coadyuvar": "ayudar",
    "emolumentos": "pago",
    "erogacion": "pago",
    "estipendio": "pago",
    "pecuniario": "de dinero",
    "subsanar": "corregir",
    "diligenciar": "llenar",
    "cumplimentar": "llenar",
    "providencia": "decisión",
    "proveido": "decisión",
    "ocurso": "carta",
    "incoar": "empezar",
    "sustanciar": "tramitar",
    "evacuar": "contestar",
    "fotostatica": "copia",
    "obrante": "que está",
}
"""Folded words of offices, each with what people say."""

PHRASES: Final = {
    "a efecto de": "para",
    "a efectos de": "para",
    "con la finalidad de": "para",
    "con el objeto de": "para",
    "con el proposito de": "para",
    "en virtud de": "por",
    "de conformidad con": "según",
    "de acuerdo a lo establecido": "según",
    "segun lo establecido": "según",
    "por medio de la cual": "con la que",
    "por medio del cual": "con el que",
    "asi como tambien": "y",
    "en el marco de": "en",
    "dar inicio": "empezar",
    "dar cumplimiento": "cumplir",
    "hacer entrega": "entregar",
    "llevar a cabo": "hacer",
    "a la brevedad": "en cuántos días",
    "en su defecto": "o",
    "salvo disposicion": "salvo que",
    "el suscrito": "yo",
    "la suscrita": "yo",
    "los mismos": "ellos",
}
"""Folded phrases of offices, each with what people say."""

OFFICE_TITLES: Final = frozenset(
    {
        "autorizacion", "emision", "expedicion", "extension", "gestion", "obtencion", "otorgamiento",
        "prestacion", "procedimiento", "proceso", "registro", "solicitud", "tramite", "tramitacion",
    }
)  # fmt: skip
"""Folded nouns of offices with which no title should begin: people look for what they do."""

VAGUE_TIMES: Final = ("brevedad", "corto tiempo", "corto plazo", "pronto", "depende", "variable", "posible", "segun")
"""Folded words that stand where a number of days should."""

KNOWN_ACRONYMS: Final = frozenset(
    {
        "DPI", "NIT", "SAT", "IGSS", "RENAP", "PDF", "IVA", "USA", "CUI", "IGM", "MP", "PNC", "TSE", "OJ",
        "PDH", "USAC", "INTECAP", "CONRED", "RTU", "FEL", "DIACO", "QR", "SMS", "ONU", "II", "III", "IV", "VI",
        "VII", "ISR", "GTQ", "USD", "WhatsApp", "UTC", "EPS",
    }
)  # fmt: skip
"""Acronyms that people know better than what they stand for."""

_SENTENCE = re.compile(r"[^.!?;:\n]+")
_PASSIVE = re.compile(r"\b(?:ser[aá]n?|sean?|fue|fueron|ha sido|han sido)\s+[a-zñ]{2,}(?:ad|id)[oa]s?\b")
_DEMAND = re.compile(r"\bdeber(?:á|a|án|an|é|e)s?\s+\w+(?:ar|er|ir|se)\b", re.IGNORECASE)
_FIGURE = re.compile(
    r"\d|\b(una?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|quince|veinte|treinta|inmediat\w+|mism[oa] dia)\b"
)
_ACRONYM = re.compile(r"\b[A-ZÁÉÍÓÚÑ]{2,9}\b")


def long_sentence(text: str) -> Iterator[str]:
    """Find sentences with too many words."""
    for sentence in _SENTENCE.findall(text):
        if len(sentence.split()) > SENTENCE_WORDS_MAX:
            yield sentence.strip()


def long_text(text: str) -> Iterator[str]:
    """Find a description that should be several parts."""
    words = text.split()
    if len(words) > TEXT_WORDS_MAX:
        yield f"{' '.join(words[:8])} … ({len(words)})"


def long_title(text: str) -> Iterator[str]:
    """Find a title that nobody reads to its end."""
    if len(text.split()) > TITLE_WORDS_MAX:
        yield text


def office_title(text: str) -> Iterator[str]:
    """Find a title that begins with an office's act and not with what a person does."""
    words = folding.fold(text).split()
    if len(words) > 1 and words[0] in OFFICE_TITLES:
        yield text.split()[0]


def jargon(text: str) -> Iterator[str]:
    """Find words and phrases that only offices use, each with what people say."""
    folded = folding.fold(text)
    found = set(folded.split())
    yield from (f"{word} → {said}" for word, said in JARGON.items() if word in found)
    padded = f" {folded} "
    yield from (f"{phrase} → {said}" for phrase, said in PHRASES.items() if f" {phrase} " in padded)


def passive(text: str) -> Iterator[str]:
    """Find who does something left unsaid: "será entregado"."""
    yield from _PASSIVE.findall(text.lower())


def demand(text: str) -> Iterator[str]:
    """Find commands of offices: "deberá presentar" where "lleve" would do."""
    yield from _DEMAND.findall(text)


def shouted(text: str) -> Iterator[str]:
    """Find a text written in capitals."""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) > 12 and sum(letter.isupper() for letter in letters) > len(letters) * 0.6:
        yield text[:60]


def bare_acronym(text: str) -> Iterator[str]:
    """Find acronyms that most people do not know and the text does not explain in brackets."""
    for acronym in dict.fromkeys(_ACRONYM.findall(text)):
        if acronym not in KNOWN_ACRONYMS and f"({acronym})" not in text and not _is_explained(acronym, text):
            yield acronym


def _is_explained(acronym: str, text: str) -> bool:
    return re.search(rf"\b{acronym}\b\s*\(", text) is not None


def vague_time(text: str) -> Iterator[str]:
    """Find a time without a number, which nobody can hold anybody to."""
    folded = folding.fold(text)
    if not _FIGURE.search(folded) and any(vague in folded for vague in VAGUE_TIMES):
        yield text
