"""People are told what search took their words for, what they may have meant, and why a result is one."""

import pytest

from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.understanding import Taken, Where
from sacbe_terms.errors import LimitExceeded


async def test_a_misspelt_word_is_mended_in_the_words_of_a_title(reader: CatalogueReader) -> None:
    """Never with a stem, and what was right stays as it was written."""
    found = await reader.understood("Pasaportte vencido")
    assert found.did_you_mean == "pasaporte vencido"
    assert next((one.written, one.taken) for one in found.parts) == ("pasaportte", Taken.CORRECTED)


async def test_right_words_are_not_mended(reader: CatalogueReader) -> None:
    """Nor are words that the lexicon knows."""
    for query in ("pasaporte", "se murió mi papá", "antecedentes penales"):
        assert (await reader.understood(query)).did_you_mean == ""


async def test_a_saying_is_told_with_what_records_call_it(reader: CatalogueReader) -> None:
    """As the lexicon has it."""
    parts = (await reader.understood("se murió mi papá")).parts
    assert any("defunción" in words for one in parts for words in one.words)
    assert all(one.taken in (Taken.LEXICON, Taken.WRITTEN) for one in parts)


async def test_what_nothing_resembles_is_said_to_be_unknown(reader: CatalogueReader) -> None:
    """Without a guess."""
    [part] = (await reader.understood("xqzwvk")).parts
    assert (part.taken, part.words) == (Taken.UNKNOWN, ())


async def test_a_result_is_explained_by_where_it_has_each_word(reader: CatalogueReader) -> None:
    """The title counts most, so it is named first; a word that the record lacks is found nowhere."""
    found = await reader.understood("pasaporte certificación", service="pasaporte-ordinario")
    places = {one.written: one.found for one in found.parts}
    assert places["pasaporte"] is Where.TITLE
    other = await reader.understood("pasaporte", service="nada")
    assert [one.found for one in other.parts] == [None]


@pytest.mark.parametrize("query", ["", "   ", "?!", "de la", "'; DROP TABLE x; --", "\0", "🏛️", "%_\\", "' & | !"])
async def test_hostile_queries_are_understood_as_little_as_they_say(reader: CatalogueReader, query: str) -> None:
    """And break nothing."""
    found = await reader.understood(query, language="\ud800", service="a\0b")
    assert isinstance(found.did_you_mean, str)


async def test_a_query_that_is_too_long_is_refused(reader: CatalogueReader) -> None:
    """As search refuses it."""
    with pytest.raises(LimitExceeded):
        await reader.understood("a" * 301)
