"""The store keeps every record as it was given, all or nothing."""

import asyncio
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from sacbe_catalog import tables
from sacbe_catalog.history import Author
from sacbe_catalog.metadata import metadata
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.records import (
    Area,
    Catalogue,
    Concept,
    Cost,
    Evidence,
    Institution,
    LegalResource,
    PublicService,
    Requirement,
    SourceNote,
)
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import ImportRefused, Problem
from tests.catalog.catalogues import catalogues, representative

BASE = "https://sacbe.example/id/"

RENAP = Institution(identifier="renap", title={"es": "Registro Nacional de las Personas"}, acronym="RENAP")


@pytest.fixture
def store(engine: AsyncEngine) -> CatalogueStore:
    return CatalogueStore(engine, BASE)


def service(identifier: str = "dpi", **more: Any) -> PublicService:
    fields: dict[str, Any] = {
        "title": {"es": f"Servicio {identifier}"},
        "description": {"es": "Sirve."},
        "institutions": ("renap",),
    }
    return PublicService(identifier=identifier, **(fields | more))


def catalogue(*services: PublicService, **more: Any) -> Catalogue:
    return Catalogue(services=services, institutions=(RENAP,), **more)


async def refused(store: CatalogueStore, wrong: Catalogue) -> tuple[Problem, ...]:
    """Put what must be refused; give the problems, once it is sure that nothing was stored."""
    before = await _nodes(store)
    with pytest.raises(ImportRefused) as caught:
        await store.put(wrong, source="prueba.csv")
    assert caught.value.where == "prueba.csv"
    assert await _nodes(store) == before
    return caught.value.problems


async def _nodes(store: CatalogueStore) -> int | None:
    async with store.engine.connect() as connection:
        return await connection.scalar(sa.select(sa.func.count()).select_from(tables.text_value))


def titled(value: Any) -> Any:
    """Give blank titles, which no record may have, a word."""
    if isinstance(value, tuple):
        return tuple(map(titled, value))
    if not isinstance(value, msgspec.Struct):
        return value
    fields = {name: titled(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(fields.get("title"), dict) and not "".join(fields["title"].values()).strip():
        fields["title"] = dict.fromkeys(fields["title"], "Título")
    return type(value)(**fields)


# What goes in comes out ---------------------------------------------------------------------


async def test_representative_comes_back_equal(store: CatalogueStore) -> None:
    """Every field of every record comes out as it went in, and a second put changes nothing."""
    assert await store.is_empty()
    first = await store.put(representative())
    assert not await store.is_empty()
    assert await store.everything() == representative()
    second = await store.put(representative())
    assert await store.everything() == representative()
    assert first.added == second.replaced == tuple(one.identifier for one in representative().services)


@settings(
    max_examples=10,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),  # whole catalogues are large to draw, and one database serves all draws
)
@given(wanted=catalogues().map(titled))
def test_any_catalogue_comes_back_equal(database_url: str, wanted: Catalogue) -> None:
    """Whatever records hold, they come out as they went in, in their order."""

    async def there_and_back() -> Catalogue:
        engine = create_async_engine(database_url)
        try:
            await emptied(engine)
            store = CatalogueStore(engine, BASE)
            await store.put(wanted)
            return await store.everything()
        finally:
            await engine.dispose()

    assert asyncio.run(there_and_back()) == wanted


@settings(
    max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
)
@given(wanted=catalogues().map(titled))
def test_views_made_of_what_was_given_are_those_of_what_is_stored(database_url: str, wanted: Catalogue) -> None:
    """A put renders records as they were given; deriving all anew from the tables changes no row."""

    async def derived_twice() -> tuple[Any, Any]:
        engine = create_async_engine(database_url)
        try:
            await emptied(engine)
            store = CatalogueStore(engine, BASE)
            await store.put(wanted)
            by_put = await _derived(engine)
            await store.refresh()
            return by_put, await _derived(engine)
        finally:
            await engine.dispose()

    by_put, by_refresh = asyncio.run(derived_twice())
    assert by_put == by_refresh


async def _derived(engine: AsyncEngine) -> dict[str, list[str]]:
    """Give every row of the derived tables, as text."""
    names = ("service_view", "institution_view", "event_view", "service_search", "service_title", "vocabulary")
    async with engine.connect() as connection:
        return {
            name: sorted((await connection.execute(sa.text(f"SELECT t::text FROM catalog.{name} AS t"))).scalars())
            for name in names
        }


async def emptied(engine: AsyncEngine) -> None:
    """Take everything away, versions included."""
    async with engine.begin() as connection:
        await connection.execute(sa.text("TRUNCATE catalog.node, catalog.vocabulary, catalog.record_version CASCADE"))


async def test_everything_keeps_the_order_of_first_storing(store: CatalogueStore) -> None:
    """A record that is put again keeps its place; a new one comes last."""
    await store.put(catalogue(service("b"), service("a")))
    await store.put(catalogue(service("c"), service("a", title={"es": "Otro título"}), service("b")))
    assert [one.identifier for one in (await store.everything()).services] == ["b", "a", "c"]


async def test_codes_and_places_of_others_need_no_record(store: CatalogueStore) -> None:
    """A coded value or a place may be an IRI that somebody else describes; it comes back and adds no record."""
    foreign = service(audiences=("https://otro.example/publico",), areas=("https://otro.example/lugar",))
    await store.put(catalogue(foreign))
    found = await store.everything()
    assert found == catalogue(foreign)
    shown = await CatalogueReader(store.engine, BASE).service("dpi")
    assert shown is not None
    assert shown.audiences[0].label == "https://otro.example/publico"


async def test_a_record_takes_the_place_of_a_code_that_was_only_pointed_to(store: CatalogueStore) -> None:
    """When somebody describes the IRI that a record points to, readers see the description."""
    iri = "https://otro.example/publico"
    await store.put(catalogue(service(audiences=(iri,))))
    described = Concept(scheme="audience", identifier="todos", labels={"es": "Todo público"}, iri=iri)
    await store.put(Catalogue(concepts=(described,)))
    assert (await store.everything()).services[0].audiences == (iri,)
    shown = await CatalogueReader(store.engine, BASE).service("dpi")
    assert shown is not None
    assert [(one.identifier, one.label) for one in shown.audiences] == [("todos", "Todo público")]


# What replaces what -------------------------------------------------------------------------


async def test_a_record_takes_the_place_of_its_former_self(store: CatalogueStore) -> None:
    """What the former record held and the new one does not is gone, its parts too."""
    paper = Evidence(identifier="ev", title={"es": "Papel"})
    asked = Requirement(identifier="rq", title={"es": "Traer el papel"}, evidences=(paper,))
    await store.put(catalogue(service(requirements=(asked,), keywords={"es": ("dpi",)})))
    await store.put(catalogue(service()))
    assert await store.everything() == catalogue(service())
    async with store.engine.connect() as connection:
        kinds = sa.select(tables.node.c.kind).where(tables.node.c.kind.in_(("requirement", "evidence")))
        assert (await connection.execute(kinds)).all() == []


async def test_a_shared_part_is_one_thing(store: CatalogueStore) -> None:
    """Services may hold the same part if it reads the same; it stays while one of them holds it."""
    paper = Evidence(identifier="ev", title={"es": "Papel"})
    await store.put(catalogue(service("a", inputs=(paper,)), service("b", inputs=(paper,))))
    await store.put(catalogue(service("a")))
    assert await store.everything() == catalogue(service("a"), service("b", inputs=(paper,)))


async def test_a_part_never_changes_under_another_service(store: CatalogueStore) -> None:
    """A put may not change a part that a service outside it holds too."""
    await store.put(catalogue(service("a", costs=(Cost(identifier="co", amount="1"),))))
    [problem] = await refused(store, catalogue(service("b", costs=(Cost(identifier="co", amount="2"),))))
    assert problem.where == "service b, cost co"
    await store.put(catalogue(service("b", costs=(Cost(identifier="co", amount="1"),))))


async def test_a_changed_institution_is_shown_by_its_services(store: CatalogueStore) -> None:
    """What a service's view shows of others follows them, their counts of services too."""
    await store.put(catalogue(service("a"), service("b", status="draft")))
    reader = CatalogueReader(store.engine, BASE)
    before = await reader.service("a")
    await store.put(Catalogue(institutions=(Institution(identifier="renap", title={"es": "Otro nombre"}),)))
    await store.put(Catalogue(services=(service("b"),)))
    after = await reader.service("a")
    assert before is not None
    assert after is not None
    assert (before.institution.title, before.institution.service_count) == ("Registro Nacional de las Personas", 1)
    assert (after.institution.title, after.institution.service_count) == ("Otro nombre", 2)


async def test_search_follows_the_records(store: CatalogueStore) -> None:
    """Words that a record no longer has find it no longer, and the vocabulary forgets them."""
    reader = CatalogueReader(store.engine, BASE)
    await store.put(catalogue(service("a", title={"es": "Certificado de soltería"})))
    assert [one.identifier for one in (await reader.services(query="solteria")).nodes] == ["a"]
    await store.put(catalogue(service("a", title={"es": "Certificado de viudez"})))
    assert (await reader.services(query="solteria")).nodes == ()
    assert [one.identifier for one in (await reader.services(query="viudez")).nodes] == ["a"]
    async with store.engine.connect() as connection:
        known = (await connection.execute(sa.select(tables.vocabulary.c.lexeme))).scalars().all()
    assert not any(lexeme.startswith("solter") for lexeme in known)


async def test_refresh_derives_the_same_again(store: CatalogueStore) -> None:
    """Deriving everything anew changes nothing that readers see."""
    await store.put(representative())
    reader = CatalogueReader(store.engine, BASE)
    before = await reader.services(first=100, with_facets=True)
    assert await store.refresh() == len(representative().services)
    assert await reader.services(first=100, with_facets=True) == before


async def test_a_large_put_tells_how_far_it_is(store: CatalogueStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces are stored one after another, each is told, and nothing is lost between them."""
    monkeypatch.setattr("sacbe_catalog.store.NODES_AT_ONCE", 7)
    monkeypatch.setattr("sacbe_catalog.view_rows.SERVICES_AT_ONCE", 3)
    many, told = catalogue(*(service(f"s{number:02}") for number in range(20))), []
    await store.put(many, progress=lambda *so_far: told.append(so_far))
    assert await store.everything() == many
    assert [done for what, done, of in told if what == "services to search"] == [0, 3, 6, 9, 12, 15, 18, 20]
    assert len((await CatalogueReader(store.engine, BASE).services(query="servicio", first=100)).nodes) == 20


async def test_puts_wait_for_each_other(store: CatalogueStore) -> None:
    """Puts at the same moment are all stored, one after another."""
    await store.put(catalogue())
    await asyncio.gather(*(store.put(Catalogue(services=(service(name),))) for name in "abcd"))
    assert {one.identifier for one in (await store.everything()).services} == set("abcd")


# What is refused ----------------------------------------------------------------------------

WRONG = {
    "an institution that nobody knows": (service(institutions=("nadie",)), "service dpi", "institutions[0]"),
    "no institution": (service(institutions=()), "service dpi", "institutions"),
    "no title": (service(title={}), "service dpi", "title"),
    "a blank title": (service(title={"es": "  "}), "service dpi", "title"),
    "a language that nobody knows": (service(title={"es": "Sí", "xx": "?"}), "service dpi", "title"),
    "a word in an unknown language": (service(keywords={"zz": ("a",)}), "service dpi", "keywords"),
    "a code that nobody knows": (service(audiences=("marcianos",)), "service dpi", "audiences[0]"),
    "a status that nobody knows": (service(status="quizá"), "service dpi", "status"),
    "a service that nobody knows": (service(requires=("otro",)), "service dpi", "requires[0]"),
    "a norm that nobody knows": (service(legal_resources=("ley",)), "service dpi", "legal_resources[0]"),
    "an amount that is no number": (
        service(costs=(Cost(identifier="co", amount="Q100"),)),
        "service dpi, cost co",
        "amount",
    ),
    "a channel that nobody has": (
        service(costs=(Cost(identifier="co", channel="ca"),)),
        "service dpi, cost co",
        "channel",
    ),
    "a date that is none": (service(confirmed_at="2026-02-30"), "service dpi", "confirmed_at"),
    "a source's date that is none": (
        service(sources=(SourceNote(title="Prensa", checked_on="ayer"),)),
        "service dpi",
        "sources[0].checked_on",
    ),
    "a field that cannot be unknown": (service(not_known=("title",)), "service dpi", "not_known"),
    "the character NUL": (service(description={"es": "a\0b"}), "service dpi", "description.es"),
    "half a character": (service(description={"es": "\ud800"}), "service dpi", "description.es"),
    "no identifier": (service(identifier=""), "service ", "identifier"),
    "an identifier beyond all measure": (
        service(costs=(Cost(identifier="c" * 1001),)),
        f"service dpi, cost {'c' * 182}",
        "identifier",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_refuses(untouched: AsyncEngine, wrong: str) -> None:
    """A record with a fault is refused with the place of the fault, and nothing is stored."""
    record, where, field = WRONG[wrong]
    [problem] = await refused(CatalogueStore(untouched, BASE), catalogue(service("bueno"), record))
    assert (problem.where, problem.field) == (where, field)


async def test_names_every_fault_at_once(store: CatalogueStore) -> None:
    """All faults of all records are told together."""
    wrong = catalogue(service("a", institutions=("x",), status="y"), service("b", title={}))
    assert [(one.where, one.field) for one in await refused(store, wrong)] == [
        ("service a", "status"),
        ("service a", "institutions[0]"),
        ("service b", "title"),
    ]


async def test_refuses_one_name_for_two_things(store: CatalogueStore) -> None:
    """An identifier or an IRI that stands for two different things is refused."""
    iri = "https://renap.example/dpi"
    twice = await refused(store, catalogue(service("a"), service("a", title={"es": "Otro"})))
    assert [one.field for one in twice] == ["identifier"]
    same_iri = await refused(store, catalogue(service("a", iri=iri), service("b", iri=iri)))
    assert [(one.where, one.field) for one in same_iri] == [("service b", "iri")]
    await store.put(catalogue(service("a", iri=iri)))
    taken = await refused(store, Catalogue(services=(service("b", iri=iri),)))
    assert [(one.where, one.field) for one in taken] == [("service b", "iri")]


async def test_refuses_a_code_that_two_schemes_could_mean(store: CatalogueStore) -> None:
    """A code is looked up in its own scheme first; elsewhere only if one scheme alone has it."""
    elsewhere = Concept(scheme="otro", identifier="jovenes", labels={"es": "Jóvenes"})
    more = Concept(scheme="uno-mas", identifier="jovenes", labels={"es": "Juventud"})
    await store.put(catalogue(service(audiences=("jovenes",)), concepts=(elsewhere,)))
    [problem] = await refused(store, catalogue(service("b", audiences=("jovenes",)), concepts=(more,)))
    assert problem.field == "audiences[0]"


async def test_failure_in_the_middle_stores_nothing(store: CatalogueStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last step of a put fails, the first is undone."""
    from sacbe_catalog import derived

    async def fail(*_: Any) -> None:
        raise RuntimeError("the power went out")

    monkeypatch.setattr(derived, "after", fail)
    with pytest.raises(RuntimeError, match="power"):
        await store.put(catalogue(service()))
    assert await store.is_empty()


# The tables -----------------------------------------------------------------------------------


async def test_migration_makes_the_tables_that_the_code_names(database_url: str) -> None:
    """Tables, columns, indexes and keys are what `tables.py` says; nothing is missing or left over."""

    def differences(connection: sa.Connection) -> list[Any]:
        ours = {table.name for table in vars(tables).values() if isinstance(table, sa.Table)}
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": lambda name, kind, _: name == "catalog" if kind == "schema" else True,
                "include_object": lambda _, name, kind, *__: kind != "table" or name in ours,
                "compare_type": True,
            },
        )
        return list(compare_metadata(context, metadata))

    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_the_node_may_change_records_and_no_table(engine: AsyncEngine) -> None:
    """The role that the node works as can write records, and cannot alter or drop what holds them."""
    async with engine.connect() as connection:
        assert await connection.scalar(sa.text("SELECT current_user")) == "sacbe_node"
        with pytest.raises(ProgrammingError, match="must be owner"):
            await connection.execute(sa.text("DROP TABLE catalog.service CASCADE"))


async def test_names_of_many_kinds_do_not_meet(store: CatalogueStore) -> None:
    """One identifier may name a service, an institution, a norm and a place."""
    same = Catalogue(
        services=(service("x", institutions=("x",), legal_resources=("x",), areas=("x",)),),
        institutions=(Institution(identifier="x", title={"es": "X"}, areas=("x",)),),
        legal_resources=(LegalResource(identifier="x", title={"es": "X"}),),
        areas=(Area(identifier="x", level="country", title="X"),),
    )
    await store.put(same)
    assert await store.everything() == same


async def test_pieces_give_what_the_whole_gives(database_url: str) -> None:
    """Records, views, counts and search, whether a catalogue comes at once or service by service."""
    everything = representative()
    services = tuple(msgspec.structs.replace(one, requires=(), related=()) for one in everything.services)
    wanted, around = (msgspec.structs.replace(everything, services=some) for some in (services, ()))
    pieces = (around, *(Catalogue(services=(one,)) for one in services))
    seen = []
    for way in ((wanted,), pieces):
        engine = create_async_engine(database_url)
        await emptied(engine)
        await CatalogueStore(engine, BASE).put_in_pieces(way, source="x", author=Author())
        seen.append(await _readers_see(engine))
        await engine.dispose()
    assert seen[0] == seen[1]


async def _readers_see(engine: AsyncEngine) -> tuple[object, ...]:
    reader = CatalogueReader(engine, BASE)
    found = await reader.services(first=100, with_facets=True)
    owners = await reader.institutions(first=100)
    searched = await reader.services(query=found.nodes[0].title)
    return (found.nodes, found.facets, owners.nodes, [one.identifier for one in searched.nodes])


async def test_a_wrong_piece_takes_back_those_before_it(store: CatalogueStore) -> None:
    """All or nothing, over all pieces."""
    pieces = (catalogue(service("bien")), catalogue(service("mal", institutions=("nadie",))))
    with pytest.raises(ImportRefused):
        await store.put_in_pieces(pieces, source="x", author=Author())
    assert (await store.everything()).services == ()
