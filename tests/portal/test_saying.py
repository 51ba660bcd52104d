"""Figures are said as people say them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_catalog.views import CostView
from sacbe_portal import saying
from sacbe_portal.words import LANGUAGES, counted, words


def cost(amount: str | None, currency: str | None = "GTQ") -> CostView:
    """A cost of this amount."""
    return CostView(identifier="c", iri="", amount=amount, currency=currency, description="")


@pytest.mark.parametrize(
    ("amount", "currency", "said"),
    [
        ("100.00", "GTQ", "Q100.00"),
        ("40000", "GTQ", "Q40,000.00"),
        ("50", "USD", "US$ 50.00"),
        ("12.5", "EUR", "EUR 12.50"),
        ("0", "GTQ", "Gratis"),
        ("0.00", None, "Gratis"),
        (None, None, ""),
    ],
)
def test_money(amount: str | None, currency: str | None, said: str) -> None:
    """Quetzales carry their sign, nothing to pay is said in words, an unknown amount is left out."""
    assert saying.money(cost(amount, currency), "es") == said


@pytest.mark.parametrize(
    ("iso", "spanish", "english"),
    [
        ("P30D", "30 días", "30 days"),
        ("P1D", "1 día", "1 day"),
        ("P1M", "1 mes", "1 month"),
        ("PT20M", "20 minutos", "20 minutes"),
        ("P1Y6M", "1 año, 6 meses", "1 year, 6 months"),
        ("P2W", "2 semanas", "2 weeks"),
        ("PT0S", "PT0S", "PT0S"),
        ("P0D", "El mismo momento", "At once"),
        ("soon", "soon", "soon"),
        (None, "", ""),
    ],
)
def test_durations(iso: str | None, spanish: str, english: str) -> None:
    """A duration is said in words; what is not understood stays as it was written."""
    assert (saying.duration(iso, "es"), saying.duration(iso, "en")) == (spanish, english)


def test_dates() -> None:
    """A date is said in the language's own order."""
    assert saying.date("2026-11-01", "es") == "1 de noviembre de 2026"
    assert saying.date("2026-11-01T10:00:00Z", "en") == "1 November 2026"
    assert saying.date("2026-13-01", "es") == "2026-13-01"


@given(st.text(max_size=400), st.integers(5, 200))
def test_a_shortened_text_is_never_longer_than_asked(text: str, most: int) -> None:
    """A list shows whole sentences, or one that is cut at a word."""
    assert len(saying.opening(text, characters_max=most)) <= most + 1


def test_an_opening_keeps_whole_sentences() -> None:
    """As many sentences as fit, and the first of them cut where not even it does."""
    text = "Uno dos. Tres cuatro. Cinco seis siete."
    assert saying.opening(text, characters_max=22) == "Uno dos. Tres cuatro."
    assert saying.opening(text, characters_max=6) == "Uno…"


def test_every_word_exists_in_every_language() -> None:
    """No page shows a gap in one of its languages."""
    spanish, english = (words(language) for language in LANGUAGES)
    assert spanish.keys() == english.keys()
    assert all(spanish.values())
    assert all(english.values())


def test_counts_agree_with_their_noun() -> None:
    """One service, several services."""
    assert [counted("es", "result", count) for count in (0, 1, 2)] == ["0 servicios", "1 servicio", "2 servicios"]
