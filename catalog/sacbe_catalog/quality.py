"""How complete a record is, and what is no value at all although something is written there."""

from typing import Final

from sacbe_catalog import folding
from sacbe_catalog.records import NOT_KNOWN_FIELDS, PublicService
from sacbe_catalog.views import QualityView

PLACEHOLDERS: Final = frozenset(
    {
        "", "pendiente", "pendientes", "por definir", "por determinar", "por confirmar", "por completar",
        "no definido", "no disponible", "no aplica", "no hay", "sin datos", "sin dato", "sin informacion", "n a", "na",
        "nd", "n d", "s d", "sd", "s n", "none", "null", "nulo", "vacio", "tbd", "to be defined", "todo", "lorem ipsum",
        "ninguno", "ninguna", "desconocido", "desconocida", "test", "prueba", "asdf", "undefined", "unknown",
        "not available", "not applicable", "pending",
    }
)  # fmt: skip
"""Folded texts that people write where a value is missing."""

PLACEHOLDER_CHARACTERS_MAX: Final = 30
"""A longer text says something, if only why nothing else is said."""

JUDGED_FIELDS: Final = (*NOT_KNOWN_FIELDS, "outputs")
"""What a complete record tells. Whether somebody confirmed it is another question (`truth.py`)."""


def is_placeholder(text: str) -> bool:
    """Say whether a text stands where a value is missing: "Pendiente", "N/A", "xxx", "-", "...", or nothing."""
    if len(text) > PLACEHOLDER_CHARACTERS_MAX:
        return False
    folded = folding.fold(text)
    return folded in PLACEHOLDERS or _is_one_letter_repeated(folded)


def _is_one_letter_repeated(folded: str) -> bool:
    letters = folded.replace(" ", "").replace("_", "")
    return not letters or (len(letters) > 1 and letters[0] in "xz" and len(set(letters)) == 1)


def quality(service: PublicService) -> QualityView:
    """Score a record by the share of the judged fields that tell something; `missing` names the others."""
    missing = tuple(field for field in JUDGED_FIELDS if not _tells(service, field))
    return QualityView(score=round(1 - len(missing) / len(JUDGED_FIELDS), 3), missing=missing)


def _tells(service: PublicService, field: str) -> bool:
    if field in service.not_known:
        return False
    if field == "processing_time":
        return bool(service.processing_time) or _has_text(service.processing_time_text)
    value = getattr(service, field)
    if isinstance(value, str):
        return not is_placeholder(value)
    if isinstance(value, dict):
        return _has_text(value)
    return any(_says_something(part) for part in value)


def _has_text(texts: dict[str, str]) -> bool:
    return any(not is_placeholder(text) for text in texts.values())


def _says_something(part: object) -> bool:
    """Judge a part: by its title where it has one, else by anything written in it."""
    if isinstance(part, str):
        return not is_placeholder(part)
    title = getattr(part, "title", None)
    if isinstance(title, str):
        return not is_placeholder(title)
    if title:
        return _has_text(title)
    fields = ("amount", "description", "url", "telephone", "email", "address", "emails", "telephones", "pages", "kind")
    return any(_is_told(getattr(part, field, None)) for field in fields)


def _is_told(value: object) -> bool:
    if isinstance(value, str):
        return not is_placeholder(value)
    if isinstance(value, dict):
        return _has_text(value)
    return isinstance(value, tuple) and any(not is_placeholder(text) for text in value)
