"""Readers get finished views, each answer from one statement."""

import asyncio
import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe_catalog import folding, reading_connections, render, seed, texts
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.records import Catalogue, Cost, Institution, Language, PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_catalog.views import PublicServiceView, ServiceFilter
from sacbe_terms.errors import CursorNotValid, LimitExceeded
from tests.catalog.catalogues import representative

BASE = "https://sacbe.example/id/"
HOSTILE = ("", "\0", "a\0b", "\ud800", "' OR 1=1 --", "%", "_", "\\", "x" * 5000, "🏛️", "😀" * 400)

LOOKS_UP_TYPES = (
    "\n                    SELECT\n                        current_setting('jit')",
    "WITH RECURSIVE typeinfo_tree(",
)
"""What the driver asks once for each connection, to learn of an array's type."""


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """Take down what connections that are made from now on send to the database."""
    heard: list[str] = []

    def listen(connection: Any, _: Any) -> None:
        connection.driver_connection.add_query_logger(lambda record: heard.append(record.query))

    event.listen(engine.sync_engine, "connect", listen)
    yield heard
    event.remove(engine.sync_engine, "connect", listen)


async def test_each_answer_is_one_statement(reader: CatalogueReader) -> None:
    """A page with all its fields, a search with filters and facets, a record: one statement each."""
    wanted = ServiceFilter(
        institutions=("renap", "sat"), channels=("online",), areas=("0101",), audiences=("citizens",), events=()
    )
    with statements(reader.engine) as heard:
        await reader.service("connects")
        heard.clear()
        page = await reader.services(first=20)
        await reader.services(query="sacar dpi", filter=wanted, with_facets=True, first=20)
        await reader.service("dpi-primera-vez")
        await reader.institutions(query="registro")
        await reader.institution("renap")
        await reader.events()
        await reader.suggest("lic")
    assert sum(not query.startswith(LOOKS_UP_TYPES) for query in heard) == 7
    assert len(page.nodes) == 20


async def test_shows_what_the_record_says(reader: CatalogueReader) -> None:
    """A service's view is what the pure rendering gives for its record, in every language."""
    catalogue = seed.load()
    record = next(one for one in catalogue.services if one.identifier == "pasaporte-ordinario")
    counts = {
        name: {
            one.identifier: sum(one.identifier in getattr(service, name) for service in catalogue.services)
            for one in getattr(catalogue, name)
        }
        for name in ("institutions", "events")
    }
    world = render.World.of(catalogue, BASE, institution_counts=counts["institutions"], event_counts=counts["events"])
    chains = texts.chains({one.identifier: one.fallback for one in catalogue.languages})
    for language in ("es", "en", "quc", "kek"):
        expected = render.Renderer(world, chains.get(language, ("es",))).service(record)
        assert await reader.service("pasaporte-ordinario", language=language) == expected


async def test_joins_what_the_record_points_to(engine: AsyncEngine) -> None:
    """Institutions, events, norms, places and codes come with their texts, IRIs and labels."""
    await CatalogueStore(engine, BASE).put(representative())
    shown = await CatalogueReader(engine, BASE).service("dpi-primera-vez")
    assert shown is not None
    assert shown.iri == f"{BASE}servicio/dpi-primera-vez"
    assert [one.identifier for one in shown.institutions] == ["renap", "mingob"]
    assert shown.institution.service_count == 1
    assert [(one.title, one.iri) for one in shown.legal_resources] == [
        ("Decreto 90-2005, Ley del RENAP", "https://leyes.example/id/90-2005")
    ]
    assert [one.legal_resources[0].identifier for one in shown.requirements if one.legal_resources] == [
        "decreto-5-2021"
    ]
    assert [(one.amount, one.currency, one.description) for one in shown.costs] == [
        ("100.00", "GTQ", "en agencia"),
        (None, None, "Según la sede."),
    ]
    assert [one.label for one in shown.audiences] == ["foreigners (es)", "citizens (es)"]
    assert [one.identifier for one in shown.evidences] == ["ev-nacimiento"]
    assert shown.processing_time == "P30D"
    assert {(one.field, one.language, one.state) for one in shown.texts if one.field == "title"} == {
        ("title", "es", "original"),
        ("title", "en", "translated"),
        ("title", "quc", "translated"),
    }


async def test_falls_back_along_the_chain(engine: AsyncEngine) -> None:
    """A text is given in the asked language, else its fallback, else Spanish, else in any."""
    languages = (
        Language(identifier="quc", iso_639_3="quc", name="K'iche'", fallback="es"),
        Language(identifier="acr", iso_639_3="acr", name="Achi", fallback="quc"),
    )
    service = PublicService(
        identifier="s",
        title={"quc": "quc", "es": "es", "en": "en"},
        description={"es": "es", "en": "en"},
        processing_time_text={"en": "en"},
        institutions=("i",),
    )
    institution = Institution(identifier="i", title={"acr": "acr", "es": "es"})
    await CatalogueStore(engine, BASE).put(
        Catalogue(services=(service,), institutions=(institution,), languages=languages)
    )
    reader = CatalogueReader(engine, BASE)
    for language, expected in {
        "acr": ("quc", "es", "en", "acr"),
        "quc": ("quc", "es", "en", "es"),
        "es": ("es", "es", "en", "es"),
        "en": ("en", "en", "en", "es"),
        "xx": ("es", "es", "en", "es"),
        "\0": ("es", "es", "en", "es"),
    }.items():
        shown = await reader.service("s", language=language)
        assert shown is not None
        got = (shown.title, shown.description, shown.processing_time_text, shown.institution.title)
        assert got == expected, language


async def test_hidden_services_are_shown_to_nobody(engine: AsyncEngine) -> None:
    """Drafts and withdrawn services stand in no list, search, suggestion, count or facet."""
    await CatalogueStore(engine, BASE).put(representative())
    reader = CatalogueReader(engine, BASE)
    everyone = await reader.services(first=100, with_facets=True)
    assert "servicio-8" not in {one.identifier for one in everyone.nodes}
    assert everyone.total_count == 7
    assert await reader.service("servicio-8") is None
    assert "servicio-8" not in {one.identifier for one in (await reader.services(query="Servicio 8")).nodes}
    assert "servicio-8" not in {one.identifier for one in await reader.suggest("servicio 8")}
    mingob = await reader.institution("mingob")
    assert mingob is not None
    assert mingob.service_count == 7
    assert next(one.count for one in everyone.facets if one.identifier == "mingob") == 7


# Paging ---------------------------------------------------------------------------------------


LARGEST = 100
"""Services on the largest page."""


async def walk(reader: CatalogueReader, *, first: int = LARGEST, **question: Any) -> list[PublicServiceView]:
    found: list[PublicServiceView] = []
    after = None
    while True:
        page = await reader.services(first=first, after=after, **question)
        found += page.nodes
        assert page.has_previous_page == (after is not None)
        if not page.has_next_page:
            return found
        after = page.cursors[-1]


@pytest.mark.parametrize(
    "question", [{}, {"query": "sacar certificado"}, {"filter": ServiceFilter(channels=("office",))}]
)
async def test_pages_show_each_service_once(reader: CatalogueReader, question: dict[str, Any]) -> None:
    """Walking a list by cursors shows every service once, in the list's order."""
    whole = await walk(reader, **question)
    walked = await walk(reader, first=7, **question)
    assert [one.identifier for one in walked] == [one.identifier for one in whole]
    assert len(walked) == (await reader.services(**question)).total_count > 7


async def test_ties_are_kept_apart(engine: AsyncEngine) -> None:
    """Services of the same title, and of the same rank, are each shown once."""
    same = tuple(
        PublicService(identifier=f"s{n}", title={"es": "Igual"}, description={}, institutions=("i",)) for n in range(20)
    )
    institution = Institution(identifier="i", title={"es": "Uno"})
    await CatalogueStore(engine, BASE).put(Catalogue(services=same, institutions=(institution,)))
    reader = CatalogueReader(engine, BASE)
    for question in ({}, {"query": "igual"}):
        assert len({one.identifier for one in await walk(reader, first=7, **question)}) == 20


async def test_order_is_spanish(engine: AsyncEngine) -> None:
    """Titles stand in Spanish alphabetical order: ñ after n, whatever the case and the accents."""
    titles = ["Árbol", "arena", "Azúcar", "Nube", "ñandú", "Ñu", "oso"]
    services = tuple(
        PublicService(identifier=f"s{n}", title={"es": title}, description={}, institutions=("i",))
        for n, title in enumerate(reversed(titles))
    )
    institution = Institution(identifier="i", title={"es": "Uno"})
    await CatalogueStore(engine, BASE).put(Catalogue(services=services, institutions=(institution,)))
    page = await CatalogueReader(engine, BASE).services()
    assert [one.title for one in page.nodes] == titles


async def test_refuses_cursors_of_other_lists(reader: CatalogueReader) -> None:
    """A cursor counts only for the list that made it; made-up texts are refused."""
    [cursor] = (await reader.services(first=1)).cursors
    assert (await reader.services(first=1, after=cursor)).nodes
    for question in (
        {"query": "dpi"},
        {"filter": ServiceFilter(free_of_charge=True)},
    ):
        with pytest.raises(CursorNotValid, match="SACBE-204"):
            await reader.services(after=cursor, **question)
    with pytest.raises(CursorNotValid):
        await reader.institutions(after=cursor)
    for text in (*HOSTILE, "AAAA", "W10", "e30", cursor[:-3], "ñ"):
        with pytest.raises(CursorNotValid):
            await reader.services(after=text)


async def test_refuses_too_large_a_page(reader: CatalogueReader) -> None:
    """A page has at most 100 nodes; more is refused by name, not cut."""
    for first in (101, -1):
        with pytest.raises(LimitExceeded, match="first"):
            await reader.services(first=first)
        with pytest.raises(LimitExceeded, match="first"):
            await reader.institutions(first=first)
        with pytest.raises(LimitExceeded, match="first"):
            await reader.suggest("a", first=first)
    empty = await reader.services(first=0)
    assert (empty.nodes, empty.has_next_page) == ((), True)


# Filters and facets ---------------------------------------------------------------------------


async def test_filters_narrow(reader: CatalogueReader) -> None:
    """Each filter keeps exactly the services that it names; several must all hold."""
    everyone = await walk(reader)
    renap = {one.identifier for one in everyone if any(two.identifier == "renap" for two in one.institutions)}
    online = {one.identifier for one in everyone if any(two.kind == "online" for two in one.channels)}
    free = {one.identifier for one in everyone if one.costs and all(two.amount in ("0", "0.00") for two in one.costs)}
    born = {one.identifier for one in everyone if any(two.identifier == "nacimiento" for two in one.events)}

    async def found(**filters: Any) -> set[str]:
        wanted = ServiceFilter(**filters)
        services = await walk(reader, filter=wanted)
        assert (await reader.services(filter=wanted)).total_count == len(services)
        return {one.identifier for one in services}

    assert await found(institutions=("renap",)) == renap
    assert await found(institutions=("renap", "nadie")) == renap
    assert await found(channels=("online",)) == online
    assert await found(free_of_charge=True) == free
    assert await found(events=("nacimiento",)) == born
    assert await found(institutions=("renap",), channels=("online",)) == renap & online
    assert await found(institutions=("nadie",)) == set()
    for text in HOSTILE:
        assert await found(institutions=(text,), areas=(text,), channels=(text,), audiences=(text,)) == set()


async def test_a_place_has_what_is_around_and_within_it(reader: CatalogueReader) -> None:
    """A service for the whole country is found for each municipality, one of a municipality for its department."""
    everyone = (await reader.services(first=100)).total_count
    for area in ("GT", "GT-01", "0101"):
        assert (await reader.services(filter=ServiceFilter(areas=(area,)))).total_count == everyone


async def test_free_of_charge_is_what_the_record_says(engine: AsyncEngine) -> None:
    """Free is what has costs, all of them nothing; a record without costs is neither free nor not."""
    amounts = {"libre": ("0", "0.00"), "pagado": ("0", "5"), "texto": ("",), "nada": ()}
    services = tuple(
        PublicService(
            identifier=name,
            title={"es": name},
            description={},
            institutions=("i",),
            costs=tuple(Cost(identifier=f"{name}-{n}", amount=amount) for n, amount in enumerate(some)),
        )
        for name, some in amounts.items()
    )
    institution = Institution(identifier="i", title={"es": "Uno"})
    await CatalogueStore(engine, BASE).put(Catalogue(services=services, institutions=(institution,)))
    reader = CatalogueReader(engine, BASE)
    for wanted, expected in ((True, {"libre"}), (False, {"pagado", "texto"})):
        page = await reader.services(filter=ServiceFilter(free_of_charge=wanted))
        assert {one.identifier for one in page.nodes} == expected


async def test_facets_count_all_results(reader: CatalogueReader) -> None:
    """Facets count over the whole result, not the page, and carry labels in the reader's language."""
    page = await reader.services(first=1, with_facets=True, language="en")
    whole = await walk(reader)
    counts = {(one.field, one.identifier): one for one in page.facets}
    renap = sum(any(two.identifier == "renap" for two in one.institutions) for one in whole)
    online = sum(any(two.kind == "online" for two in one.channels) for one in whole)
    assert counts["institution", "renap"].count == renap
    assert counts["channel", "online"].count == online
    assert {field for field, _ in counts} == {"institution", "event", "channel", "audience"}
    english = await reader.institution("renap", language="en")
    assert english is not None
    assert counts["institution", "renap"].label == english.title
    searched = await reader.services(query="pasaporte", first=1, with_facets=True)
    assert sum(one.count for one in searched.facets if one.field == "institution") >= searched.total_count
    assert (await reader.services(first=1)).facets == ()


# Institutions, events, suggestions ------------------------------------------------------------


async def test_institutions_are_found_by_name_and_acronym(reader: CatalogueReader) -> None:
    """Acronyms, names without accents and misspelt names find the institution first."""
    for query, expected in {
        "RENAP": "renap",
        "superintendencia de administracion tributaria": "sat",
        "registro nacional de las personas": "renap",
        "rejistro nasional personas": "renap",
    }.items():
        page = await reader.institutions(query=query)
        assert page.nodes[0].identifier == expected, query
    assert (await reader.institutions(query="zxqwv")).nodes == ()
    whole = await reader.institutions(first=100)
    keys = [folding.sort_key(one.title) for one in whole.nodes]
    assert keys == sorted(keys)
    first = await reader.institutions(first=5)
    second = await reader.institutions(first=5, after=first.cursors[-1])
    assert [*first.nodes, *second.nodes] == list(whole.nodes[:10])


async def test_events_by_kind(reader: CatalogueReader) -> None:
    """Life and business events come with their counts of services, in the order of the records."""
    everyone = await reader.events()
    assert [one.identifier for one in everyone] == [one.identifier for one in seed.load().events]
    life = await reader.events(kind="life")
    assert life
    assert {one.kind for one in life} == {"life"}
    assert any(one.service_count for one in life)
    assert await reader.events(kind="\0") == await reader.events(kind="otro") == ()


async def test_suggests_titles(reader: CatalogueReader) -> None:
    """What is typed is completed by titles that begin so, or hold a word that begins so; one per service."""
    found = await reader.suggest("Pasapór")
    assert found
    assert all("pasapor" in folding.fold(one.text) for one in found)
    assert len({one.identifier for one in found}) == len(found) <= 8
    assert any(one.text.startswith("DPI") or "DPI" in one.text for one in await reader.suggest("dpi"))
    for text in HOSTILE[:-2]:
        if len(text) <= 80:
            assert isinstance(await reader.suggest(text), tuple)
    with pytest.raises(LimitExceeded, match="prefix"):
        await reader.suggest("x" * 81)


async def test_hostile_identifiers_name_nothing(reader: CatalogueReader) -> None:
    """Whatever text is asked for, the answer is None and never the database's error."""
    for text in HOSTILE:
        assert await reader.service(text) is None
        assert await reader.institution(text) is None
        assert (await reader.services(language=text, first=1)).nodes


async def test_empty_catalogue(engine: AsyncEngine) -> None:
    """A catalogue without records answers every question with nothing."""
    reader = CatalogueReader(engine, BASE)
    assert (await reader.services(with_facets=True)).nodes == ()
    assert (await reader.services(query="dpi", with_facets=True)).facets == ()
    assert (await reader.institutions()).nodes == ()
    assert await reader.events() == ()
    assert await reader.suggest("a") == ()


async def test_reads_go_through_indexes(reader: CatalogueReader) -> None:
    """The order of the list of services is an index's, so a page costs the same however long the list is."""
    async with reader.engine.connect() as connection:
        await connection.execute(sa.text("SET enable_seqscan = off"))
        plan = await connection.execute(
            sa.text("EXPLAIN SELECT id FROM catalog.service WHERE is_public ORDER BY sort_key, id LIMIT 20")
        )
        assert "ix_service_order" in "\n".join(row[0] for row in plan)


async def test_a_reader_that_goes_while_its_connection_is_made_leaves_none(
    seeded_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even where its settings are under way."""
    monkeypatch.setattr(reading_connections, "PLANNED_ONCE", "SELECT pg_sleep(30)")
    engine, made = database.engine(seeded_url), asyncio.Event()
    event.listen(engine.sync_engine, "connect", lambda *_: made.set())
    asking = asyncio.ensure_future(CatalogueReader(engine, BASE).service("dpi-primera-vez"))
    await made.wait()
    await asyncio.sleep(0.1)
    asking.cancel()
    await asyncio.wait([asking])
    await engine.dispose()
    gc.collect()  # a connection that nobody closed warns when it is collected
