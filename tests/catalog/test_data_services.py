"""Data services as they are stored: versions, states, and what readers see of them."""

import asyncio

import asyncpg
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog.data_services import CHANNEL, DataServices, StoredDescription
from sacbe_terms.descriptions import Description, Field, Operation, Source
from sacbe_terms.errors import CursorNotValid, DataServiceUnknown, NameClash
from sacbe_terms.exchange import Endpoint
from sacbe_terms.identifiers import DataServiceId

PERSONS = DataServiceId.parse("GT/GOV/2001/registro-civil/personas")
ENDPOINT = Endpoint(address="https://renap.example/x", call_seconds_max=2.5, reply_bytes_max=1000, is_lenient=True)


def described(title: str, *codes: str, documentation: str = "") -> Description:
    """Give a description with these operations."""
    operations = tuple(
        Operation(
            code=code,
            alias=code,
            reads=True,
            arguments=(),
            result=Field(name="r", wire="r", type="String"),
            documentation=documentation,
        )
        for code in codes
    )
    sources = (Source(location="a.wsdl", sha256="0" * 64), Source(location="b.xsd", sha256="1" * 64))
    return Description(kind="soap", title=title, operations=operations, sources=sources, documentation="Datos.")


@pytest.fixture
def services(engine: AsyncEngine) -> DataServices:
    """The stored data services."""
    return DataServices(engine)


async def publish(services: DataServices, identifier: DataServiceId, content: Description) -> None:
    """Save and publish."""
    await services.save_draft(identifier, content, ENDPOINT)
    await services.publish(identifier)


async def test_a_description_comes_back_as_it_was(services: DataServices, database_url: str) -> None:
    """Content, endpoint and limits come back exact; the documents are kept by their digests."""
    content = described("Personas ñ", "consultar")
    assert await services.save_draft(PERSONS, content, ENDPOINT) == 1
    assert await services.newest(PERSONS) == StoredDescription(
        identifier=PERSONS, version=1, description=content, as_read=content, endpoint=ENDPOINT
    )
    owner = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    rows = await owner.fetch("select location, sha256 from catalog.description_document order by position")
    await owner.close()
    assert [tuple(row) for row in rows] == [(source.location, source.sha256) for source in content.sources]


async def test_every_version_stays(services: DataServices, database_url: str) -> None:
    """A newer version replaces none; drafts that come together get different numbers."""
    versions = await asyncio.gather(
        *(services.save_draft(PERSONS, described(f"v{n}", "a"), ENDPOINT) for n in range(5))
    )
    assert sorted(versions) == [1, 2, 3, 4, 5]
    owner = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    assert await owner.fetchval("select count(*) from catalog.description") == 5
    await owner.close()


async def test_only_what_is_published_is_in_force(services: DataServices) -> None:
    """Drafts and suspended data services are in no list, and in no reader's sight."""
    await services.save_draft(PERSONS, described("Personas", "a"), ENDPOINT)
    assert await services.all_in_force({}) == ()
    assert (await services.data_services()).total_count == 0
    await services.publish(PERSONS)
    (in_force,) = await services.all_in_force({})
    assert in_force.identifier == PERSONS
    await services.suspend(PERSONS)
    assert await services.all_in_force({}) == ()
    assert await services.data_service(str(PERSONS)) is None


async def test_what_was_looked_at_is_published(services: DataServices) -> None:
    """A version that is named is put in force, though a newer draft came meanwhile."""
    for title in ("Personas", "Otras"):
        await services.save_draft(PERSONS, described(title, "a"), ENDPOINT)
    assert (await services.publish(PERSONS, version=1)).description.title == "Personas"
    with pytest.raises(DataServiceUnknown):
        await services.publish(PERSONS, version=3)


async def test_what_is_known_is_not_read_again(services: DataServices) -> None:
    """The same object comes back for a version that the caller has; a new version is a new object."""
    await publish(services, PERSONS, described("Personas", "a"))
    (first,) = await services.all_in_force({})
    known = {(str(PERSONS), 1): first}
    (again,) = await services.all_in_force(known)
    assert again is first
    await publish(services, PERSONS, described("Personas", "b"))
    (second,) = await services.all_in_force(known)
    assert (second.version, second.description.operations[0].code) == (2, "b")


async def test_what_is_not_there_is_told(services: DataServices) -> None:
    """Nothing of this name can be read as newest, published or suspended."""
    for act in (services.newest, services.publish, services.suspend):
        with pytest.raises(DataServiceUnknown, match="personas"):
            await act(PERSONS)


async def test_two_publications_cannot_both_win(services: DataServices) -> None:
    """Of two data services that publish the same alias at once, one is refused."""
    others = [DataServiceId(PERSONS.subsystem, name) for name in ("uno", "dos")]
    for other in others:
        await services.save_draft(other, described("x", "misma"), ENDPOINT)
    outcomes = await asyncio.gather(*(services.publish(other) for other in others), return_exceptions=True)
    assert sorted(isinstance(outcome, NameClash) for outcome in outcomes) == [False, True]


async def test_another_providers_names_are_free(services: DataServices) -> None:
    """The same operation at two providers is two fields below two aliases."""
    await publish(services, PERSONS, described("x", "misma"))
    await publish(services, DataServiceId.parse("GT/GOV/2002/otra/personas"), described("x", "misma"))
    assert (await services.data_services()).total_count == 2


async def test_a_change_is_told_when_it_can_be_read(services: DataServices, database_url: str) -> None:
    """Publishing and suspending are told on the channel, with the identifier."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    listener = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await listener.add_listener(CHANNEL, lambda *told: heard.put_nowait(told[-1]))
    await publish(services, PERSONS, described("x", "a"))
    assert await asyncio.wait_for(heard.get(), 10) == str(PERSONS)
    await services.suspend(PERSONS)
    assert await asyncio.wait_for(heard.get(), 10) == str(PERSONS)
    await listener.close()


async def test_readers_page_and_search(services: DataServices) -> None:
    """Lists are in pages; words find titles, operations and their documentation, without accents or capitals."""
    names = ["cédulas", "vehículos", "tributos", "licencias"]
    for number, name in enumerate(names):
        identifier = DataServiceId.parse(f"GT/GOV/200{number}/sistema/servicio")
        await publish(
            services, identifier, described(name.title(), f"consultar{number}", documentation="100% de Ñoños")
        )
    first = await services.data_services(first=3)
    assert (first.total_count, first.has_next_page, first.has_previous_page) == (4, True, False)
    rest = await services.data_services(first=3, after=first.cursors[-1])
    assert [*(node.title for node in first.nodes), *(node.title for node in rest.nodes)] == [n.title() for n in names]
    assert (rest.has_next_page, rest.has_previous_page) == (False, True)
    for query, count in (
        ("CEDULAS", 1),
        ("consultar2 nonos", 1),
        ("100%", 4),
        ("_", 0),
        ("%", 4),
        ("x\x00y", 0),
        ("", 4),
    ):
        assert (await services.data_services(query=query)).total_count == count, query
    provided = await services.data_services(provider="GT/GOV/2001/sistema")
    assert [node.title for node in provided.nodes] == ["Vehículos"]
    assert (await services.data_services(first=0)).nodes == ()
    assert (await services.data_services(provider="\x00")).total_count == 0
    assert await services.data_service("\x00") is None


async def test_a_view_says_what_can_be_asked(services: DataServices) -> None:
    """A reader sees title, provider, kind, state and operations, and nothing of the endpoint."""
    await publish(services, PERSONS, described("Personas", "consultar", documentation="Por CUI."))
    view = await services.data_service(str(PERSONS))
    assert view is not None
    assert (view.identifier, view.provider, view.kind, view.status, view.version) == (
        str(PERSONS),
        str(PERSONS.subsystem),
        "soap",
        "published",
        1,
    )
    assert [(operation.alias, operation.description) for operation in view.operations] == [("consultar", "Por CUI.")]
    assert "renap.example" not in str(msgspec.to_builtins(view))


async def test_a_strange_cursor_is_refused(services: DataServices) -> None:
    """What this list did not give is no cursor of it."""
    for cursor in ("ñ", "x", "////", "gICA"):
        with pytest.raises(CursorNotValid):
            await services.data_services(after=cursor)
