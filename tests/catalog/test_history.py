"""Every change of a record has a number, an author and a version, and the feed is the catalogue."""

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from sacbe_catalog import drafts, history
from sacbe_catalog.differences import Difference, differences
from sacbe_catalog.history import Author, What
from sacbe_catalog.records import Catalogue, Cost, Institution, PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import ImportRefused, RecordNotFound
from tests.catalog.catalogues import catalogues, representative
from tests.catalog.test_store import emptied, titled

RENAP = Institution(identifier="renap", title={"es": "Registro"})
DPI = PublicService(
    identifier="dpi", title={"es": "Emisión de DPI"}, description={"es": "Documento."}, institutions=("renap",)
)
SOMEBODY = Author("ana", "cambió el costo")


@pytest.fixture
def store(engine: AsyncEngine) -> CatalogueStore:
    """An empty store."""
    return CatalogueStore(engine, "https://sacbe.example/id/")


def changed(service: PublicService, **fields: Any) -> PublicService:
    """Give the service with other fields."""
    return msgspec.structs.replace(service, **fields)


def of(*services: PublicService) -> Catalogue:
    """Give a catalogue of services of one institution."""
    return Catalogue(services=services, institutions=(RENAP,))


def by_name(catalogue: Catalogue) -> dict[str, Any]:
    """Give a catalogue's lists without their order, which replaying may give anew."""
    fields = msgspec.structs.asdict(catalogue)
    return {name: sorted(value, key=_name) if isinstance(value, tuple) else value for name, value in fields.items()}


def _name(record: Any) -> tuple[str, ...]:
    return tuple(str(getattr(record, field, "")) for field in ("scheme", "identifier", "subject", "predicate", "value"))


async def the_whole_feed(store: CatalogueStore) -> list[history.RecordVersion]:
    """Read the feed from zero, page by page."""
    found: list[history.RecordVersion] = []
    while page := await history.feed(store.engine, since=found[-1].number if found else 0, first=7, is_whole=True):
        found += page
    return found


@pytest.mark.parametrize("again", [False, True])
async def test_replaying_the_feed_from_zero_gives_the_catalogue_exactly(store: CatalogueStore, again: bool) -> None:
    """Labels, links and institutions included."""
    await store.put(representative())
    if again:
        await store.put(of(changed(DPI, status="draft")))
        await store.put(of(DPI))
    replayed = history.replayed(await the_whole_feed(store))
    assert by_name(replayed) == by_name(await store.everything())


@settings(
    max_examples=10, deadline=None, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
)
@given(wanted=catalogues().map(titled))
def test_any_put_can_be_replayed(database_url: str, wanted: Catalogue) -> None:
    """And putting what came of it once more changes nothing."""

    async def stored_and_replayed() -> tuple[Catalogue, Catalogue]:
        engine = create_async_engine(database_url)
        try:
            await emptied(engine)
            store = CatalogueStore(engine, "https://sacbe.example/id/")
            await store.put(wanted)
            feed = await the_whole_feed(store)
            stored = await store.everything()
            await store.put(stored)
            assert await the_whole_feed(store) == feed
            return stored, history.replayed(feed)
        finally:
            await engine.dispose()

    stored, replayed = asyncio.run(stored_and_replayed())
    assert by_name(replayed) == by_name(stored)


async def test_what_is_the_same_gets_no_version(store: CatalogueStore) -> None:
    """Importing a file twice is one change."""
    await store.put(of(DPI))
    before = await the_whole_feed(store)
    await store.put(of(DPI))
    assert await the_whole_feed(store) == before


async def test_a_change_says_who_and_why_and_what_it_was_to_readers(store: CatalogueStore) -> None:
    """Each with a number of its own."""
    for at, status in enumerate(("draft", "published", "published", "withdrawn", "published")):
        await store.put(of(changed(DPI, status=status, title={"es": f"Trámite {at}"})), author=SOMEBODY)
    found = await history.versions(store.engine, "service", "dpi")
    whats = [one.what for one in reversed(found)]
    assert whats == [What.HIDDEN, What.ADDED, What.CHANGED, What.WITHDRAWN, What.ADDED]
    assert {(one.who, one.why) for one in found} == {("ana", "cambió el costo")}


async def test_readers_hear_of_what_went_out_of_sight_but_of_no_draft(store: CatalogueStore) -> None:
    """What was never shown is nobody's news."""
    await store.put(of(DPI, changed(DPI, identifier="oculto", status="draft")))
    await store.put(of(changed(DPI, status="withdrawn")))
    found = [one for one in await history.feed(store.engine, since=0, first=100) if one.kind == "service"]
    assert [(one.identifier, one.what) for one in found] == [("dpi", What.ADDED), ("dpi", What.WITHDRAWN)]


async def test_a_refused_put_leaves_no_version(store: CatalogueStore) -> None:
    """All or nothing."""
    with pytest.raises(ImportRefused):
        await store.put(of(changed(DPI, institutions=("nadie",))))
    assert await the_whole_feed(store) == []


async def test_an_older_version_comes_back_as_a_new_one(store: CatalogueStore) -> None:
    """One step, and nothing is written over."""
    await store.put(of(DPI))
    first = await history.version(store.engine, "service", "dpi")
    await store.put(of(changed(DPI, title={"es": "Equivocado"})))
    await drafts.return_to(store, "service", "dpi", first.number, SOMEBODY)
    found = await history.versions(store.engine, "service", "dpi")
    assert [history.record_of(one) for one in found] == [DPI, changed(DPI, title={"es": "Equivocado"}), DPI]


async def test_what_has_no_version_is_not_found(store: CatalogueStore) -> None:
    """Neither a record nor one of its numbers."""
    await store.put(of(DPI))
    with pytest.raises(RecordNotFound):
        await history.versions(store.engine, "service", "nada")
    with pytest.raises(RecordNotFound):
        await history.version(store.engine, "service", "dpi", 10_000)


def test_differences_name_the_place_and_both_values() -> None:
    """Parts by their identifiers, so that a part that moved is no other."""
    before = changed(DPI, costs=(Cost(identifier="a", amount="85"), Cost(identifier="b", amount="5")))
    after = changed(
        DPI, costs=(Cost(identifier="b", amount="5"), Cost(identifier="a", amount="100")), keywords={"es": ("cédula",)}
    )
    assert differences(before, after) == (
        Difference(place="costs[a].amount", before="85", after="100"),
        Difference(place="costs (order)", before="[a], [b]", after="[b], [a]"),
        Difference(place="keywords.es[cédula]", before="", after="cédula"),
    )


@given(one=catalogues(), other=catalogues())
def test_only_equal_records_have_no_differences(one: Catalogue, other: Catalogue) -> None:
    """As a law."""
    assert (differences(one, other) == ()) == (msgspec.to_builtins(one) == msgspec.to_builtins(other))
