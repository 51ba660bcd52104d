"""The catalogue as open data, served: pages of its graph, dumps, CKAN's answers, the feed and the changes.

All are by-products of the one database. What is costly to make is made once for each state of the catalogue: pages
of the graph in a thread, one at a time, and kept; dumps in a process of their own.
"""

import asyncio
import sys
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from sacbe.house import House
from sacbe_catalog import history, iris, publishing
from sacbe_catalog.cpsv_ap import jsonld, rdf_xml, turtle
from sacbe_catalog.cpsv_ap.labels import Labels
from sacbe_catalog.cpsv_ap.statements import Statement, ordered
from sacbe_catalog.cpsv_ap.write import statements_of
from sacbe_catalog.open_data import atom, dcat
from sacbe_catalog.open_data.datasets import BY_NAME
from sacbe_catalog.open_data.dcat import DataService, Page, Publication
from sacbe_catalog.open_data.package import CURRENT, PACKAGE, Package, read_package
from sacbe_catalog.publishing import PublicPage
from sacbe_catalog.records import Catalogue
from sacbe_terms.errors import RecordNotFound

SERVICES_OF_PAGE: Final = 50
"""Services on one page of the graph."""

PAGES_KEPT: Final = 64
"""Pages of the graph that a process keeps, the last used ones."""

PAGE_BYTES_KEPT_MAX: Final = 2 * 1024 * 1024
"""A greater page is made anew each time."""

DUMP_SECONDS_MIN: Final = 300
"""Dumps of a state that is not the newest any more are served this long before they are made anew."""

CHANGES_PAGE: Final = 200
"""Changes that one answer of `/changes` holds."""

FORMATS: Final = {"ttl": "text/turtle", "jsonld": "application/ld+json", "rdf": "application/rdf+xml"}
"""Media types of the graph by the end of its address."""

UNTITLED: Final = {"es": "Catálogo de servicios públicos", "en": "Catalogue of public services"}
"""Of a catalogue that does not say what it is called, or whose."""

_WRITERS: Final = {"ttl": turtle.serialise, "jsonld": jsonld.serialise, "rdf": rdf_xml.serialise}

_log = structlog.get_logger("sacbe.open_data")


@dataclass(frozen=True, slots=True)
class Answer:
    """Something to send, with the name of its state for caches."""

    content: bytes
    media_type: str
    etag: str


class OpenData:
    """Everything that is published, as it is now."""

    def __init__(self, house: House, address: str) -> None:
        self._house = house
        self._address = address
        self._folder = house.settings.home.absolute() / "open-data"
        self._pages: OrderedDict[tuple[Any, ...], Answer] = OrderedDict()
        self._one_at_a_time = asyncio.Lock()
        self._dumping: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        """Where this node is reached."""
        return self._address

    # The graph --------------------------------------------------------------------------

    async def page(self, form: str, number: int, since: datetime | None) -> Answer:
        """Give a page of the one graph, counted from one; raises RecordNotFound behind the last one."""
        package = await self._package_if_any()
        change = await publishing.newest_change(self._house.engine)
        made = package.created if package else ""
        services = blake2b(msgspec.json.encode(self._data_services()), digest_size=8).hexdigest()
        state = (change, made, services)
        key = (form, number, since, *state)
        if (kept := self._pages.get(key)) is None:
            async with self._one_at_a_time:
                kept = self._pages.get(key) or await self._made(form, number, since, package, state)
                self._keep(key, kept)
        return kept

    def _keep(self, key: tuple[Any, ...], answer: Answer) -> None:
        if len(answer.content) <= PAGE_BYTES_KEPT_MAX:
            self._pages[key] = answer
            self._pages.move_to_end(key)
            while len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)

    async def _made(
        self, form: str, number: int, since: datetime | None, package: Package | None, state: tuple[Any, ...]
    ) -> Answer:
        found = await publishing.page(self._house.engine, number=number, size=SERVICES_OF_PAGE, since=since)
        last = max(1, -(-found.items // SERVICES_OF_PAGE))
        if number > last:
            raise RecordNotFound("page", str(number))
        asked = f"?modified_since={since.isoformat()}" if since else ""
        page = Page(number=number, last=last, items=found.items, address=f"{self._address}/catalog.{form}{asked}")
        publication = self._publication(found.catalogue, package)
        content = await asyncio.to_thread(_written, form, publication, page, found)
        return Answer(content, FORMATS[form], f'"{"-".join(map(str, (form, number, *state)))}"')

    async def publication(self) -> Publication:
        """Say what is published, and by whom."""
        own = await publishing.itself(self._house.engine)
        return self._publication(own, await self._package_if_any())

    def _publication(self, own: Catalogue, package: Package | None) -> Publication:
        base_iri = self._house.settings.base_iri
        publisher = next((one for one in own.institutions if one.identifier == own.publisher), None)
        return Publication(
            base_iri=base_iri,
            address=self._address,
            title=own.title or UNTITLED,
            description=own.description or UNTITLED,
            publisher=(publisher and publisher.iri) or iris.mint(base_iri, "institution", own.publisher or "catalogo"),
            publisher_names=publisher.title if publisher else UNTITLED,
            package=package,
            data_services=self._data_services(),
            license=self._house.settings.license_iri,
        )

    def _data_services(self) -> tuple[DataService, ...]:
        return tuple(
            DataService(
                identifier=str(one.identifier),
                title=one.title,
                description=one.documentation,
                provider=str(one.identifier.subsystem),
                protocol=one.description.kind,
            )
            for one in self._house.bus.registry.data_services.values()
        )

    def data_service(self, identifier: str) -> DataService:
        """Give a published data service; raises RecordNotFound."""
        for one in self._data_services():
            if one.identifier == identifier:
                return one
        raise RecordNotFound("data service", identifier)

    async def described(self, form: str, kind: str, identifier: str) -> Answer:
        """Give the graph of one dataset or data service; raises RecordNotFound."""
        publication = await self.publication()
        said = _described(publication, kind, identifier)
        labels = Labels(publication.base_iri)
        return Answer(_WRITERS[form](ordered(set(said)), labels), FORMATS[form], "")

    # Dumps ------------------------------------------------------------------------------

    async def package(self) -> Package:
        """Give the package of the dumps; makes them where there are none, and anew behind the scenes where they age.

        Raises RecordNotFound where they cannot be made.
        """
        present = self._package()
        if present is None:
            await self._dumped()
        elif _age(present) > DUMP_SECONDS_MIN and await self._is_old(present):
            self._start_dumping()
        found = self._package()
        if found is None:
            raise RecordNotFound("dump", "datapackage.json")
        return found

    async def _package_if_any(self) -> Package | None:
        """Give the package; None where dumps cannot be made, which takes nothing from the rest."""
        try:
            return await self.package()
        except RecordNotFound:
            return None

    async def _is_old(self, package: Package) -> bool:
        return package.change != await publishing.newest_change(self._house.engine)

    async def file(self, name: str) -> Path:
        """Give a dump's file, by its name; raises RecordNotFound."""
        package = await self.package()
        if name != PACKAGE and name not in {one.path for one in package.resources}:
            raise RecordNotFound("dump", name)
        return (self._folder / CURRENT).resolve() / name

    def _package(self) -> Package | None:
        return read_package(self._folder / CURRENT)

    async def _dumped(self) -> None:
        await asyncio.shield(self._start_dumping())

    def _start_dumping(self) -> "asyncio.Task[None]":
        if self._dumping is None or self._dumping.done():
            self._dumping = asyncio.create_task(self._dump(), name="dumps")
        return self._dumping

    async def _dump(self) -> None:
        address = self._house.engine.url.render_as_string(hide_password=False)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sacbe.dumping", str(self._folder), stdin=asyncio.subprocess.PIPE
        )
        try:
            await process.communicate(f"{address}\n".encode())
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
        if process.returncode:
            _log.error("the dumps could not be written", status=process.returncode)

    # Feeds ------------------------------------------------------------------------------

    async def feed(self) -> Answer:
        """Give the Atom feed of the last changes."""
        changes = await history.newest_changes(self._house.engine, first=atom.ENTRIES)
        content = atom.feed(await self.publication(), changes)
        return Answer(content, atom.MEDIA_TYPE, f'"{changes[0].number if changes else 0}"')

    async def changes(self, since: int) -> dict[str, Any]:
        """Give the changes after a number as everybody may know them: what, when, and what is in force since."""
        found = await history.feed(self._house.engine, since=since, first=CHANGES_PAGE)
        newest = found[-1].number if found else since
        return {
            "changes": [
                {
                    "number": one.number,
                    "kind": one.kind,
                    "identifier": one.identifier,
                    "what": one.what.value,
                    "at": one.made_at.isoformat(),
                    "record": one.content if one.is_public else None,
                }
                for one in found
            ],
            "next": f"{self._address}/changes?since={newest}",
            "isComplete": len(found) < CHANGES_PAGE,
        }


def _written(form: str, publication: Publication, page: Page, found: PublicPage) -> bytes:
    """Write a page: what CPSV-AP says of its services, and what DCAT-AP says of the whole."""
    said = statements_of(found.catalogue, publication.base_iri)
    own = set(found.own)
    services = [
        one.iri or iris.mint(publication.base_iri, "service", one.identifier)
        for one in found.catalogue.services
        if one.identifier in own
    ]
    said |= set(dcat.statements(publication, page, services))
    said |= set(dcat.wanted_beyond(said))
    return _WRITERS[form](ordered(said), Labels(publication.base_iri))


def _described(publication: Publication, kind: str, identifier: str) -> Iterable[Statement]:
    if kind == dcat.DATASET_KIND:
        if identifier not in BY_NAME:
            raise RecordNotFound("dataset", identifier)
        return dcat.dataset_statements(publication, identifier)
    for one in publication.data_services:
        if one.identifier == identifier:
            return dcat.data_service_statements(publication, one)
    raise RecordNotFound("data service", identifier)


def _age(package: Package) -> float:
    return (datetime.now().astimezone() - datetime.fromisoformat(package.created)).total_seconds()
