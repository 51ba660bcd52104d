"""The catalogue as open data: every public service once, nothing that is hidden, one set of dumps at a time."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import msgspec
import pytest
from litestar import Litestar
from rdflib import Graph, URIRef
from rdflib.namespace import DCTERMS, RDF
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import open_data, open_data_routes
from sacbe.dumping import KEPT
from sacbe.house import House
from sacbe.open_data import OpenData
from sacbe.settings import Settings
from sacbe_catalog import publishing
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.records import Catalogue, PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_portal.portal import Portal
from sacbe_terms.errors import RecordNotFound
from tests.conftest import BASE_IRI

ADDRESS = "http://node.example"
HIDDEN = "secreto-interno"


@pytest.fixture
def house(seeded_engine: AsyncEngine, tmp_path: Path) -> House:
    """A house without the rooms that open data never enters."""
    elsewhere: Any = None
    return House(
        settings=Settings(home=tmp_path),
        is_development=True,
        engine=seeded_engine,
        store=CatalogueStore(seeded_engine, BASE_IRI),
        lexicons=elsewhere,
        reader=CatalogueReader(seeded_engine, BASE_IRI),
        data_services=elsewhere,
        bus=cast("Any", SimpleNamespace(registry=SimpleNamespace(data_services={}))),
        recipients=elsewhere,
        post=elsewhere,
        demand=elsewhere,
    )


@pytest.fixture
async def data(house: House) -> OpenData:
    """Open data of the seed, of a hidden service and of a public one that points to it."""
    common: dict[str, Any] = {"description": {"es": "Sirve."}, "institutions": ("renap",)}
    hidden = PublicService(identifier=HIDDEN, title={"es": "Secreto"}, status="draft", **common)
    pointing = PublicService(
        identifier="abierto", title={"es": "Abierto"}, related=(HIDDEN, "dpi-primera-vez"), **common
    )
    await house.store.put(Catalogue(services=(hidden, pointing)))
    return OpenData(house, ADDRESS)


@pytest.fixture
async def client(data: OpenData) -> AsyncIterator[httpx.AsyncClient]:
    """A client of its addresses."""
    portal = Portal(CatalogueReader(cast("Any", data)._house.engine, BASE_IRI))
    handlers = open_data_routes.routes(data, portal, base_path="/id/")
    transport = httpx.ASGITransport(cast("Any", Litestar(handlers, openapi_config=None)))
    async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
        yield client


async def pages(data: OpenData, since: datetime | None = None) -> AsyncIterator[Graph]:
    """Give every page of the graph."""
    number = 1
    while True:
        try:
            answer = await data.page("ttl", number, since)
        except RecordNotFound:
            return
        yield Graph().parse(data=answer.content, format="turtle")
        number += 1


def parts(graph: Graph) -> set[str]:
    """Give the services that a page says are in the catalogue."""
    return {str(part) for part in graph.objects(URIRef(f"{BASE_IRI}catalogo/datos-abiertos"), DCTERMS.hasPart)}


async def test_the_pages_hold_every_public_service_once(data: OpenData, house: House) -> None:
    """And every one is described on its page."""
    found: list[str] = []
    async for graph in pages(data):
        found += parts(graph)
        assert all((URIRef(one), RDF.type, None) in graph for one in parts(graph))
    shown = await house.reader.services(first=1)
    assert len(found) == len(set(found)) == shown.total_count
    assert f"{BASE_IRI}servicio/abierto" in found


async def test_nothing_hidden_is_published_or_pointed_to(data: OpenData) -> None:
    """In no page, table or feed."""
    async for graph in pages(data):
        assert HIDDEN not in graph.serialize(format="turtle")
    for name in ("servicios.csv", "servicios.ndjson"):
        assert HIDDEN.encode() not in (await data.file(name)).read_bytes()
    assert HIDDEN.encode() not in (await data.feed()).content
    assert HIDDEN.encode() not in msgspec.json.encode(await data.changes(0))


async def test_a_harvester_asks_for_what_changed_since(data: OpenData) -> None:
    """Only services with a later version, and nothing of a time to come."""
    now = datetime.now(UTC)
    assert [parts(graph) async for graph in pages(data, since=now + timedelta(hours=1))] == [set()]
    since = [parts(graph) async for graph in pages(data, since=now - timedelta(days=1))]
    assert sum(map(len, since)) > 100


async def test_a_page_is_made_anew_when_something_changes(data: OpenData, house: House) -> None:
    """And not before: the state has a name that caches compare."""
    first = await data.page("ttl", 1, None)
    assert await data.page("ttl", 1, None) is first
    institutions = (await house.store.everything()).institutions
    renap = next(one for one in institutions if one.identifier == "renap")
    await house.store.put(Catalogue(institutions=(msgspec.structs.replace(renap, acronym="RENAPX"),)))
    second = await data.page("ttl", 1, None)
    assert second.etag != first.etag
    assert b"RENAPX" in second.content


async def test_dumps_are_made_once_for_a_state_and_anew_for_another(
    data: OpenData, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Old ones are served until the new ones are whole, and no more than some stay."""
    first = await data.package()
    assert await data.package() == first
    monkeypatch.setattr(open_data, "DUMP_SECONDS_MIN", -1)
    for at in range(3):
        other = PublicService(
            identifier=f"otro-{at}", title={"es": "Otro"}, description={"es": "."}, institutions=("renap",)
        )
        await house.store.put(Catalogue(services=(other,)))
        assert (await data.package()).change < await publishing.newest_change(house.engine)
        dumping: Any = cast("Any", data)._dumping
        await dumping
        assert (await data.package()).change == await publishing.newest_change(house.engine)
    folders = [one for one in (house.settings.home / "open-data").iterdir() if one.is_dir() and not one.is_symlink()]
    assert len(folders) == KEPT


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/catalog.ttl?page=0", 404),
        ("/catalog.ttl?page=99999999999", 404),
        ("/catalog.ttl?page=2e1", 404),
        ("/catalog.ttl?modified_since=ayer", 404),
        ("/catalog.ttl?modified_since=2020-01-01", 200),
        ("/catalog.ttl?modified_since=2020-01-01T00:00:00+00:00", 200),
        ("/download/nada.csv", 404),
        ("/download/.lock", 404),
        ("/conjunto/nada.rdf", 404),
        ("/servicio-de-datos/a/b.ttl", 404),
        ("/changes?since=-1", 400),
        ("/changes?since=999999999999999999", 200),
        ("/changes?since=9999999999999999999", 400),
        ("/api/3/action/package_search?rows=x", 409),
        ("/datos", 200),
        ("/en/datos", 200),
    ],
)
async def test_a_wrong_address_is_refused(client: httpx.AsyncClient, path: str, status: int) -> None:
    """With words, and never with a server's failure."""
    answer = await client.get(path)
    assert (answer.status_code, bool(answer.text)) == (status, True)


@pytest.mark.parametrize(
    ("accept", "leads_to"),
    [
        ("text/turtle", "/catalog.ttl"),
        ("application/ld+json;q=0.5, text/turtle;q=0.4", "/catalog.jsonld"),
        ("application/rdf+xml", "/catalog.rdf"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "/datos"),
        ("text/turtle;q=0, text/html", "/datos"),
        ("", "/datos"),
        ("x/y", "/datos"),
    ],
)
async def test_the_accept_header_chooses_the_form(client: httpx.AsyncClient, accept: str, leads_to: str) -> None:
    """By weight and order."""
    answer = await client.get("/catalog", headers={"accept": accept})
    assert (answer.status_code, answer.headers["location"]) == (303, leads_to)
    assert answer.headers["vary"] == "Accept"


@pytest.mark.parametrize("path", ["/catalog.ttl", "/download/servicios.csv", "/feed.atom"])
async def test_what_a_client_has_already_is_not_sent_again(client: httpx.AsyncClient, path: str) -> None:
    """ETag and If-None-Match."""
    first = await client.get(path)
    again = await client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


async def test_identifiers_lead_to_what_is_asked_for(client: httpx.AsyncClient) -> None:
    """A dataset's IRI to the page, or to its twin."""
    as_page = await client.get("/id/conjunto/servicios", headers={"accept": "text/html"})
    as_data = await client.get("/id/conjunto/servicios", headers={"accept": "text/turtle"})
    assert (as_page.headers["location"], as_data.headers["location"]) == (
        "/conjunto/servicios",
        "/conjunto/servicios.ttl",
    )
    twin = await client.get("/conjunto/servicios.ttl")
    assert Graph().parse(data=twin.content, format="turtle")
