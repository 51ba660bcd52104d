"""Texts folded, ordered, chosen and judged: the pure parts that reading and search stand on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_catalog import folding, iris, paging, quality, texts
from sacbe_catalog.records import Cost, PublicService
from sacbe_terms.errors import CursorNotValid


def test_folds_what_people_leave_out() -> None:
    """Case, accents, punctuation and glottal signs do not count."""
    assert folding.fold("  ¿Certificación   de NACIMIENTO? ") == "certificacion de nacimiento"
    assert {folding.fold(f"K{sign}iche{sign}") for sign in folding.GLOTTAL_SIGNS} == {"kiche"}
    assert folding.fold("Ä ñ ü") == "a n u"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """What is folded stays as it is, and holds nothing but words and single spaces."""
    folded = folding.fold(text)
    assert folding.fold(folded) == folded
    assert "  " not in folded
    assert folded == folded.strip()


def test_spanish_order() -> None:
    """ñ stands after n, accents and case only break ties, signs count as spaces."""
    ordered = ["a", "ab", "Á b", "b", "cana", "caña", "cañada", "cao", "n", "nz", "ñ", "o"]
    assert sorted(ordered, key=folding.sort_key) == ["a", "Á b", "ab", *ordered[3:]]
    assert folding.sort_key("papá") != folding.sort_key("papa")
    assert len(folding.sort_key("x" * 1000)) == folding.SORT_KEY_CHARACTERS_MAX


def test_chain_of_languages() -> None:
    """A chain follows fallbacks as far as they lead, ends with Spanish, and survives a circle."""
    chains = texts.chains({"es": "", "quc": "es", "acr": "quc", "a": "b", "b": "a", "c": "unknown"})
    assert chains["acr"] == ("acr", "quc", "es")
    assert chains["a"] == ("a", "b", "es")
    assert chains["c"] == ("c", "unknown", "es")
    assert texts.choose({"en": "", "kek": "k"}, ("en", "es")) == "k"
    assert texts.choose({}, ("es",)) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Pendiente",
        "PENDIENTE.",
        "N/A",
        "n.a.",
        "por definir",
        "xxx",
        "XXXX",
        "-",
        "---",
        "...",
        "",
        "  ",
        "S/N",
        "null",
        "?",
    ],
)
def test_placeholders_are_no_values(text: str) -> None:
    """What stands where a value is missing is told from a value."""
    assert quality.is_placeholder(text)


@pytest.mark.parametrize("text", ["0", "100.00", "No se cobra", "Pendiente de pago", "A", "NA-1", "Xela", "X", "15"])
def test_values_are_values(text: str) -> None:
    """Short or odd values are values all the same."""
    assert not quality.is_placeholder(text)


def test_quality_is_the_share_of_fields_that_tell() -> None:
    """A record that says "not known", nothing, or a placeholder misses that field."""
    bare = PublicService(identifier="a", title={"es": "A"}, description={"es": "Pendiente"}, institutions=("i",))
    assert quality.quality(bare).missing == quality.JUDGED_FIELDS
    assert quality.quality(bare).score == 0
    told = PublicService(
        identifier="a",
        title={"es": "A"},
        description={"es": "Sirve"},
        institutions=("i",),
        costs=(Cost(identifier="c", amount="0"),),
        not_known=("costs",),
        confirmed_at="2026-11-01",
    )
    assert "costs" in quality.quality(told).missing
    assert "description" not in quality.quality(told).missing
    assert quality.quality(told).score == pytest.approx(1 / len(quality.JUDGED_FIELDS), abs=0.01)


@given(st.text(), st.text(), st.text(), st.text())
def test_names_of_concepts_differ(scheme: str, identifier: str, other_scheme: str, other: str) -> None:
    """Two concepts have one name only if they are one, whatever their identifiers hold."""
    same = iris.concept_name(scheme, identifier) == iris.concept_name(other_scheme, other)
    assert same == ((scheme, identifier) == (other_scheme, other))


def test_minted_iris() -> None:
    """An IRI of ours is the base, the kind's path and the percent-encoded identifier."""
    base = "https://sacbe.example/id/"
    assert iris.mint(base, "service", "dpi") == f"{base}servicio/dpi"
    assert iris.mint(base, "event", "a b/ñ") == f"{base}evento/a%20b%2F%C3%B1"
    assert iris.mint(base, "concept", iris.concept_name("channel", "on/line")) == f"{base}concepto/channel/on%2Fline"


@given(st.text(), st.integers(1, 2**63 - 1))
def test_cursors_print_and_read_back(key: str, own: int) -> None:
    """A cursor leads back to its place, in its own list only."""
    place = paging.Place("lista", key.replace("\0", ""), own)
    assert paging.place(paging.cursor(place), "lista", str) == place
    with pytest.raises(CursorNotValid):
        paging.place(paging.cursor(place), "otra", str)
    with pytest.raises(CursorNotValid):
        paging.place(paging.cursor(place), "lista", int)
