"""Search understands what people write, forgives how they write it, and is silent where it knows nothing."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import folding, search
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.records import Catalogue, Institution, Language, PublicService, Requirement
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import LimitExceeded

BASE = "https://sacbe.example/id/"


async def first(reader: CatalogueReader, query: str, language: str = "es") -> str:
    nodes = (await reader.services(query=query, language=language, first=1)).nodes
    return nodes[0].identifier if nodes else ""


async def test_sacar_dpi(reader: CatalogueReader) -> None:
    """Who wants to "sacar dpi" finds the issuing of the identity card first."""
    assert await first(reader, "sacar dpi") == "dpi-primera-vez"
    assert await first(reader, "SACAR DPI") == "dpi-primera-vez"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("certificacion de nacimiento", "certificacion-nacimiento"),
        ("certificación de nacimiento", "certificacion-nacimiento"),
        ("certificasion de nasimiento", "certificacion-nacimiento"),
        ("pasaprte", "pasaporte-ordinario"),
        ("antesedentes penales", "antecedentes-penales"),
        ("apostiyar un documento", "apostilla"),
        ("boleto de hornato", "boleto-ornato"),
        ("hola buenas, quisiera saber cómo puedo sacar el boleto de ornato por favor", "boleto-ornato"),
        ("RENAS", "certificado-renas"),
        ("traspasos de vehículos", "traspaso-vehiculo"),
    ],
)
async def test_finds_in_spite_of_spelling(reader: CatalogueReader, query: str, expected: str) -> None:
    """Accents, plurals, politeness and what sounds alike do not keep a service from being found first."""
    assert await first(reader, query) == expected


async def test_accented_and_plain_find_the_same(reader: CatalogueReader) -> None:
    """A word finds the same services with and without its accents."""
    for accented, plain in (("inscripción", "inscripcion"), ("jubilación", "jubilacion"), ("vehículo", "vehiculo")):
        with_accents = await reader.services(query=accented, first=100)
        without = await reader.services(query=plain, first=100)
        assert {one.identifier for one in with_accents.nodes} == {one.identifier for one in without.nodes} != set()


@pytest.mark.parametrize(
    "query",
    ["torta de chocolate", "resultado del partido de ayer", "zxqwv", "letra de canción", "vuelos a miami", "...."],
)
async def test_silence(reader: CatalogueReader, query: str) -> None:
    """A query about something else finds nothing, rather than the least bad."""
    page = await reader.services(query=query, with_facets=True)
    assert (page.nodes, page.total_count, page.facets) == ((), 0, ())


async def test_only_stop_words_fall_to_trigrams(engine: AsyncEngine) -> None:
    """A query of words too common for an index is compared with titles as it stands."""
    services = (service("sobre-todo", "Sobre todo"), service("otro", "Pasaporte"))
    reader = await stored(engine, *services)
    assert [one.identifier for one in (await reader.services(query="sobre todo")).nodes] == ["sobre-todo"]


async def test_title_before_keyword_before_body(engine: AsyncEngine) -> None:
    """The same word counts most in a title, less in keywords, less in the description, least in the rest."""
    asked = Requirement(identifier="rq", title={"es": "Papel"}, description={"es": "Con timbre"})
    reader = await stored(
        engine,
        service("resto", "Cuarto", requirements=(asked,)),
        service("cuerpo", "Tercero", description={"es": "Lleva timbre"}),
        service("clave", "Segundo", keywords={"es": ("timbre",)}),
        service("titulo", "Timbre"),
        service("alternativo", "Primero", alternative_titles={"es": ("Timbre fiscal del Estado",)}),
        *(service(f"relleno-{n}", f"Relleno {n}") for n in range(20)),
    )
    found = [one.identifier for one in (await reader.services(query="timbre")).nodes]
    assert found == ["titulo", "alternativo", "clave", "cuerpo", "resto"]


async def test_rare_words_count_more(engine: AsyncEngine) -> None:
    """Of two words asked for, the one that fewer records have decides."""
    reader = await stored(
        engine,
        *(service(f"comun-{n}", f"Registro número {n}") for n in range(30)),
        service("raro", "Inscripción de embarcaciones"),
    )
    assert await first(reader, "registro de embarcaciones") == "raro"


@pytest.mark.parametrize("sign", ["'", "\u2019", "\u02bc", "\u2018", ""])
async def test_glottal_signs_are_one(engine: AsyncEngine, sign: str) -> None:
    """The sign of the glottal stop may be written in four ways, or not at all."""
    reader = await stored(
        engine, service("a", "Taller", title={"es": "Taller", "quc": "Ub\u2019anik q\u2019ab\u2019aj"})
    )
    assert await first(reader, f"q{sign}ab{sign}aj", "quc") == "a"


async def test_each_language_by_its_own_words(engine: AsyncEngine) -> None:
    """Words are looked up in the asked language and those it falls back to, and in no other."""
    reader = await stored(engine, service("a", "Pasaporte", title={"es": "Pasaporte", "en": "Travel documents"}))
    assert await first(reader, "document", "en") == "a"
    assert await first(reader, "pasaporte", "en") == "a"
    assert await first(reader, "travel", "es") == ""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.text(max_size=search.QUERY_CHARACTERS_MAX),
        st.text(alphabet="&|!():*<->'\"\\ñá%_ a\0", max_size=60),
        st.sampled_from(
            ("\ud800", "a & | !", "'", "\\", ":*", "<->", "\0", "%", "a" * 300, "ñ" * 300, "'; DROP TABLE x")
        ),
    )
)
def test_understands_any_text(text: str) -> None:
    """Any text becomes words without operators, and says so when nothing is left of it."""
    query = search.understand(text, "es")
    assert all(word.isalnum() for word in query.words)
    assert query.is_empty == (not folding.fold(text))


async def test_hostile_queries_are_no_errors(reader: CatalogueReader) -> None:
    """Operators, quotes, NUL, emoji, half characters and words without end are words, or nothing."""
    for text in (
        "\0", "\ud800", "a & | ! ( ) : *", "'", '"', "\\", "<-> <2>", "%_%", "🏛️ 👩🏽‍💼", "a" * 300, "dpi\0renap",
        "'; DROP TABLE catalog.service; --", "\u202e\u200f", "¿?¡!", "ñ" * 300, "x " * 150, "\t\n\r", "1 2 3 4 5",
    ):  # fmt: skip
        await reader.services(query=text, with_facets=True)
        await reader.institutions(query=text)


async def test_long_queries_are_refused_by_name(reader: CatalogueReader) -> None:
    """A query longer than the limit is refused, with the limit's name and value."""
    with pytest.raises(LimitExceeded, match=r"query.* is 301; at most 300"):
        await reader.services(query="a" * 301)


def service(identifier: str, spanish: str, **more: object) -> PublicService:
    fields: dict[str, object] = {"title": {"es": spanish}, "description": {}, "institutions": ("i",)}
    return PublicService(identifier=identifier, **(fields | more))  # type: ignore[arg-type]  # fields vary by test


async def stored(engine: AsyncEngine, *services: PublicService) -> CatalogueReader:
    institution = Institution(identifier="i", title={"es": "Una"})
    languages = (Language(identifier="quc", iso_639_3="quc", name="K'iche'", fallback="es"),)
    await CatalogueStore(engine, BASE).put(
        Catalogue(services=services, institutions=(institution,), languages=languages)
    )
    return CatalogueReader(engine, BASE)
