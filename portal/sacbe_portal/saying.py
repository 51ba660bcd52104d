"""How figures are said to people: money, durations, dates. Pure functions."""

import re
from decimal import Decimal

from sacbe_catalog.views import CostView
from sacbe_portal.words import counted, words

_DURATION = re.compile(
    r"P(?:(?P<year>\d+)Y)?(?:(?P<month>\d+)M)?(?:(?P<week>\d+)W)?(?:(?P<day>\d+)D)?"
    r"(?:T(?:(?P<hour>\d+)H)?(?:(?P<minute>\d+)M)?)?"
)
_SIGNS = {"GTQ": "Q", "USD": "US$ "}
_MONTHS = (
    ("enero", "January"), ("febrero", "February"), ("marzo", "March"), ("abril", "April"),
    ("mayo", "May"), ("junio", "June"), ("julio", "July"), ("agosto", "August"),
    ("septiembre", "September"), ("octubre", "October"), ("noviembre", "November"), ("diciembre", "December"),
)  # fmt: skip


def money(cost: CostView, language: str) -> str:
    """Say an amount: `Q100.00`, `US$ 50.00`, `Gratis`; empty where only the description tells."""
    if cost.amount is None:
        return ""
    amount = Decimal(cost.amount)
    if amount == 0:
        return words(language)["free"]
    currency = cost.currency or ""
    return f"{_SIGNS.get(currency, currency + ' ')}{amount:,.2f}"


def duration(iso: str | None, language: str) -> str:
    """Say an xsd:duration in words: `P30D` is `30 días`; one that is not understood stays as written."""
    if not iso:
        return ""
    found = _DURATION.fullmatch(iso)
    if found is None:
        return iso
    said = [counted(language, unit, int(count)) for unit, count in found.groupdict().items() if count and int(count)]
    return ", ".join(said) or words(language)["immediate"]


def date(iso: str | None, language: str) -> str:
    """Say an ISO date: `1 de noviembre de 2026`, `1 November 2026`; anything else stays as written."""
    found = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2}).*", iso or "")
    if found is None or not 1 <= int(found[2]) <= 12:
        return iso or ""
    spanish, english = _MONTHS[int(found[2]) - 1]
    day, year = int(found[3]), found[1]
    return f"{day} {english} {year}" if language == "en" else f"{day} de {spanish} de {year}"


def opening(text: str, *, characters_max: int = 180) -> str:
    """Shorten a text for a list: its first sentences as far as they fit, else cut at a word."""
    kept = ""
    for sentence in re.split(r"(?<=[.!?])\s", text.strip()):
        if len(kept) + len(sentence) > characters_max:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or text.strip()[:characters_max].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def size(count: int, language: str) -> str:
    """Say how large a file is, in thousands or millions of bytes."""
    if count < 1_000_000:
        return f"{max(1, round(count / 1000))} kB"
    number = f"{count / 1_000_000:.1f}"
    return f"{number if language == 'en' else number.replace('.', ',')} MB"
