"""What changed in the catalogue is told to every process, by name where readers may see it."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import changes
from sacbe_catalog.changes import CHANNEL, MANY, NAMED_MAX, TELLING_BYTES_MAX, Kind, ServiceChange
from sacbe_catalog.records import Catalogue, Institution, PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import ImportRefused

RENAP = Institution(identifier="renap", title={"es": "Registro"})
SAT = Institution(identifier="sat", title={"es": "Impuestos"})


def service(identifier: str, *, institution: str = "renap", status: str = "published") -> PublicService:
    """Give a service."""
    return PublicService(
        identifier=identifier,
        title={"es": f"Servicio {identifier}"},
        description={"es": "Sirve."},
        institutions=(institution,),
        status=status,
    )


class Heard:
    """Everything that was told, and the next of it."""

    def __init__(self) -> None:
        self.tellings: asyncio.Queue[str] = asyncio.Queue()

    async def next(self) -> tuple[ServiceChange, ...]:
        """Give what the next telling says."""
        return changes.read(await asyncio.wait_for(self.tellings.get(), 10))


@pytest_asyncio.fixture
async def heard(database_url: str) -> AsyncIterator[Heard]:
    """A process that listens."""
    heard = Heard()
    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    await connection.add_listener(CHANNEL, lambda *told: heard.tellings.put_nowait(str(told[-1])))
    yield heard
    await connection.close()


@pytest.fixture
def store(engine: AsyncEngine) -> CatalogueStore:
    """An empty store."""
    return CatalogueStore(engine, "https://sacbe.example/id/")


async def test_a_put_tells_what_readers_see_change(store: CatalogueStore, heard: Heard) -> None:
    """Added, changed and withdrawn, with whoever answers for it now or did before."""
    await store.put(Catalogue(institutions=(RENAP, SAT), services=(service("a"), service("b"))))
    added = [ServiceChange(kind=Kind.ADDED, identifier=each, institutions=("renap",)) for each in ("a", "b")]
    assert list(await heard.next()) == added
    await store.put(Catalogue(services=(service("a", institution="sat"), service("b", status="draft"))))
    assert list(await heard.next()) == [
        ServiceChange(kind=Kind.CHANGED, identifier="a", institutions=("renap", "sat")),
        ServiceChange(kind=Kind.WITHDRAWN, identifier="b", institutions=("renap",)),
    ]


async def test_what_is_not_published_is_not_named(store: CatalogueStore, heard: Heard) -> None:
    """A draft is nobody's news: only that something changed is told."""
    await store.put(Catalogue(institutions=(RENAP,), services=(service("secreto", status="draft"),)))
    assert await heard.next() == ()


async def test_a_refused_put_tells_nothing(store: CatalogueStore, heard: Heard) -> None:
    """What was not stored did not happen."""
    with pytest.raises(ImportRefused):
        await store.put(Catalogue(services=(service("a"),)))
    await store.put(Catalogue(institutions=(RENAP,), services=(service("b"),)))
    assert [change.identifier for change in await heard.next()] == ["b"]


async def test_many_changes_are_one(store: CatalogueStore, heard: Heard) -> None:
    """A put of more services than can be named is told without names, and so is a derivation of everything."""
    many = tuple(service(f"s{number}") for number in range(NAMED_MAX + 1))
    await store.put(Catalogue(institutions=(RENAP,), services=many))
    assert await heard.next() == (MANY,)
    await store.refresh()
    assert await heard.next() == (MANY,)


async def test_long_names_take_several_tellings(store: CatalogueStore, heard: Heard) -> None:
    """Whatever the database takes in one telling, all changes are told."""
    many = tuple(service("x" * 200 + str(number)) for number in range(60))
    await store.put(Catalogue(institutions=(RENAP,), services=many))
    told: list[str] = []
    while len(told) < len(many):
        told += [change.identifier for change in await heard.next()]
    assert sorted(told) == sorted(each.identifier for each in many)


def test_a_change_that_fits_into_no_telling_is_one_of_many() -> None:
    """A name of many thousand letters is told without."""
    long = ServiceChange(kind=Kind.ADDED, identifier="x" * TELLING_BYTES_MAX)
    assert [changes.read(telling.decode()) for telling in changes._tellings([long])] == [(MANY,)]


@pytest.mark.parametrize("telling", ["", "{", '[{"kind": "eaten"}]', "null", '[{"kind": "added", "identifier": 1}]'])
def test_a_telling_of_another_release_is_many_changes(telling: str) -> None:
    """What cannot be read is taken for the worst, and breaks nothing."""
    assert changes.read(telling) == (MANY,)


def test_a_telling_says_what_was_told() -> None:
    """Written and read, a change is the same."""
    change = ServiceChange(kind=Kind.CHANGED, identifier="ñ", institutions=("a", "b"))
    assert changes.read(msgspec.json.encode((change,)).decode()) == (change,)
