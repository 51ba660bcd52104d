"""The catalogue's own description in DCAT-AP 3.0.1 (sections 6 and 7: Catalogue, Dataset, Distribution, Data Service).

Datasets with a distribution per file, and data services with where they are called and described. Every node has an
IRI below the base of ours, which stays; addresses of files are those of this node. Pages of one graph are told by
Hydra (`hydra:PartialCollectionView`), which harvesters follow.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from sacbe_catalog import iris
from sacbe_catalog.cpsv_ap.statements import TYPE, XSD, Literal, Statement, Value
from sacbe_catalog.cpsv_ap.vocabulary import DCAT, DCT, FOAF, SKOS
from sacbe_catalog.open_data.datasets import BY_NAME, DATASETS
from sacbe_catalog.open_data.package import Package, Resource
from sacbe_catalog.records import Texts

HYDRA: Final = "http://www.w3.org/ns/hydra/core#"
SPDX: Final = "http://spdx.org/rdf/terms#"
VCARD: Final = "http://www.w3.org/2006/vcard/ns#"

AUTHORITY: Final = "http://publications.europa.eu/resource/authority/"
DAILY: Final = f"{AUTHORITY}frequency/DAILY"
SPANISH: Final = f"{AUTHORITY}language/SPA"
GOVERNMENT: Final = f"{AUTHORITY}data-theme/GOVE"
PUBLIC: Final = f"{AUTHORITY}access-right/PUBLIC"
RESTRICTED: Final = f"{AUTHORITY}access-right/RESTRICTED"
THEMES: Final = f"{AUTHORITY}data-theme"
FILE_TYPES: Final = {
    "csv": f"{AUTHORITY}file-type/CSV",
    "json": f"{AUTHORITY}file-type/JSON",
    "ndjson": f"{AUTHORITY}file-type/JSON",
    "parquet": f"{AUTHORITY}file-type/PARQUET",
}
"""The Publications Office's codes of file types; it has none for lines of JSON."""

DATASET_KIND: Final = "dataset"
DATA_SERVICE_KIND: Final = "data_service"


class DataService(msgspec.Struct, frozen=True, kw_only=True):
    """A service between machines, as far as everybody may know it."""

    identifier: str
    title: str
    description: str
    provider: str
    protocol: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What the graph says of itself: IRIs are below `base_iri`, files and doors at `address`."""

    base_iri: str
    address: str
    title: Texts
    description: Texts
    publisher: str
    publisher_names: Texts
    package: Package | None
    data_services: Sequence[DataService]
    license: str = ""

    @property
    def iri(self) -> str:
        """The dcat:Catalog's."""
        return iris.mint(self.base_iri, "catalogue", "datos-abiertos")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which page of how many this is, counted from one, and where pages are."""

    number: int
    last: int
    items: int
    address: str

    def at(self, number: int) -> str:
        """Give a page's address."""
        mark = "&" if "?" in self.address else "?"
        return f"{self.address}{mark}page={number}"


def statements(publication: Publication, page: Page, services: Iterable[str]) -> Iterator[Statement]:
    """Describe the catalogue with its datasets and data services, and the page that holds these services' IRIs."""
    yield from _catalogue(publication, services)
    for dataset in DATASETS:
        yield from dataset_statements(publication, dataset.name)
    for service in publication.data_services:
        yield from data_service_statements(publication, service)
    yield from _codes(publication)
    yield from _page(page)


def _catalogue(publication: Publication, services: Iterable[str]) -> Iterator[Statement]:
    at = publication.iri
    yield Statement(at, TYPE, f"{DCAT}Catalog")
    yield from _texts(at, f"{DCT}title", publication.title)
    yield from _texts(at, f"{DCT}description", publication.description)
    yield Statement(at, f"{DCT}publisher", publication.publisher)
    yield Statement(publication.publisher, TYPE, f"{FOAF}Agent")
    yield from _texts(publication.publisher, f"{FOAF}name", publication.publisher_names)
    yield Statement(at, f"{DCT}language", SPANISH)
    yield Statement(at, f"{FOAF}homepage", f"{publication.address}/")
    yield Statement(at, f"{DCAT}themeTaxonomy", THEMES)
    yield from _license(at, publication)
    if publication.package:
        yield Statement(at, f"{DCT}modified", _moment(publication.package.created))
    for dataset in DATASETS:
        yield Statement(at, f"{DCAT}dataset", dataset_iri(publication, dataset.name))
    for service in publication.data_services:
        yield Statement(at, f"{DCAT}service", data_service_iri(publication, service.identifier))
    for iri in services:
        yield Statement(at, f"{DCT}hasPart", iri)


def dataset_iri(publication: Publication, name: str) -> str:
    """Give a dataset's IRI."""
    return iris.mint(publication.base_iri, DATASET_KIND, name)


def data_service_iri(publication: Publication, identifier: str) -> str:
    """Give a data service's IRI."""
    return iris.mint(publication.base_iri, DATA_SERVICE_KIND, identifier)


def dataset_statements(publication: Publication, name: str) -> Iterator[Statement]:
    """Describe one dataset with its files."""
    dataset, at = BY_NAME[name], dataset_iri(publication, name)
    yield Statement(at, TYPE, f"{DCAT}Dataset")
    yield Statement(at, f"{DCT}identifier", Literal(name))
    yield from _texts(at, f"{DCT}title", dataset.title)
    yield from _texts(at, f"{DCT}description", dataset.description)
    yield Statement(at, f"{DCT}publisher", publication.publisher)
    yield Statement(at, f"{DCT}accrualPeriodicity", DAILY)
    yield Statement(at, f"{DCT}language", SPANISH)
    yield Statement(at, f"{DCT}accessRights", PUBLIC)
    yield Statement(at, f"{DCAT}theme", GOVERNMENT)
    yield from _landing_page(at, f"{publication.address}/conjunto/{name}")
    yield Statement(at, f"{DCAT}keyword", Literal("servicios públicos", "es"))
    if publication.package is None:
        return
    yield Statement(at, f"{DCT}modified", _moment(publication.package.created))
    for resource in publication.package.resources:
        if resource.path == f"{name}.{resource.format}":
            yield Statement(at, f"{DCAT}distribution", _distribution_iri(at, resource))
            yield from _distribution(publication, at, resource)


def _distribution_iri(dataset: str, resource: Resource) -> str:
    return f"{dataset}#{resource.format}"


def _distribution(publication: Publication, dataset: str, resource: Resource) -> Iterator[Statement]:
    at, checksum = _distribution_iri(dataset, resource), f"{_distribution_iri(dataset, resource)}-sha256"
    address = f"{publication.address}/download/{resource.path}"
    yield Statement(at, TYPE, f"{DCAT}Distribution")
    yield Statement(at, f"{DCT}title", Literal(resource.path))
    yield Statement(at, f"{DCAT}accessURL", address)
    yield Statement(at, f"{DCAT}downloadURL", address)
    yield Statement(at, f"{DCAT}mediaType", f"https://www.iana.org/assignments/media-types/{resource.mediatype}")
    yield Statement(at, f"{DCT}format", FILE_TYPES[resource.format])
    yield Statement(at, f"{DCAT}byteSize", Literal(str(resource.bytes), datatype=f"{XSD}nonNegativeInteger"))
    yield Statement(at, f"{DCT}modified", _moment(publication.package.created if publication.package else ""))
    yield Statement(at, f"{DCT}conformsTo", f"{publication.address}/download/datapackage.json")
    yield from _license(at, publication)
    yield Statement(at, f"{SPDX}checksum", checksum)
    yield Statement(checksum, TYPE, f"{SPDX}Checksum")
    yield Statement(checksum, f"{SPDX}algorithm", f"{SPDX}checksumAlgorithm_sha256")
    digest = resource.hash.removeprefix("sha256:")
    yield Statement(checksum, f"{SPDX}checksumValue", Literal(digest, datatype=f"{XSD}hexBinary"))


def data_service_statements(publication: Publication, service: DataService) -> Iterator[Statement]:
    """Describe one data service: it is called through our doors, whoever provides it."""
    at = data_service_iri(publication, service.identifier)
    yield Statement(at, TYPE, f"{DCAT}DataService")
    yield Statement(at, f"{DCT}identifier", Literal(service.identifier))
    yield Statement(at, f"{DCT}title", Literal(service.title or service.identifier))
    if service.description:
        yield Statement(at, f"{DCT}description", Literal(service.description))
    yield Statement(at, f"{DCAT}endpointURL", f"{publication.address}/graphql")
    yield Statement(at, f"{DCAT}endpointDescription", f"{publication.address}/explore/schema")
    yield from _landing_page(at, f"{publication.address}/{at.removeprefix(publication.base_iri)}")
    yield Statement(at, f"{DCT}accessRights", RESTRICTED)


def _landing_page(at: str, address: str) -> Iterator[Statement]:
    yield Statement(at, f"{DCAT}landingPage", address)
    yield Statement(address, TYPE, f"{FOAF}Document")


def _license(at: str, publication: Publication) -> Iterator[Statement]:
    if publication.license:
        yield Statement(at, f"{DCT}license", publication.license)
        yield Statement(publication.license, TYPE, f"{DCT}LicenseDocument")


def _codes(publication: Publication) -> Iterator[Statement]:
    """Say what the codes are: the profile's range shapes want their classes beside them."""
    yield Statement(DAILY, TYPE, f"{DCT}Frequency")
    yield Statement(SPANISH, TYPE, f"{DCT}LinguisticSystem")
    for right in (PUBLIC, RESTRICTED):
        yield Statement(right, TYPE, f"{DCT}RightsStatement")
    yield Statement(GOVERNMENT, TYPE, f"{SKOS}Concept")
    yield Statement(GOVERNMENT, f"{SKOS}prefLabel", Literal("Gobierno y sector público", "es"))
    yield Statement(GOVERNMENT, f"{SKOS}inScheme", THEMES)
    yield Statement(THEMES, TYPE, f"{SKOS}ConceptScheme")
    yield Statement(THEMES, f"{DCT}title", Literal("Temas de datos de la Oficina de Publicaciones de la UE", "es"))
    for resource in publication.package.resources if publication.package else ():
        media_type = f"https://www.iana.org/assignments/media-types/{resource.mediatype}"
        for typed in (media_type, FILE_TYPES[resource.format]):
            yield Statement(typed, TYPE, f"{DCT}MediaTypeOrExtent")
            yield Statement(typed, TYPE, f"{DCT}MediaType")


def _page(page: Page) -> Iterator[Statement]:
    at = page.at(page.number)
    yield Statement(page.address, TYPE, f"{HYDRA}Collection")
    yield Statement(page.address, f"{HYDRA}totalItems", _count(page.items))
    yield Statement(page.address, f"{HYDRA}view", at)
    for typed in ("PartialCollectionView", "PagedCollection"):
        yield Statement(at, TYPE, f"{HYDRA}{typed}")
    yield Statement(at, f"{HYDRA}totalItems", _count(page.items))
    yield Statement(at, f"{HYDRA}first", page.at(1))
    yield Statement(at, f"{HYDRA}last", page.at(page.last))
    if page.number > 1:
        yield Statement(at, f"{HYDRA}previous", page.at(page.number - 1))
    if page.number < page.last:
        yield Statement(at, f"{HYDRA}next", page.at(page.number + 1))


def wanted_beyond(said: Iterable[Statement]) -> Iterator[Statement]:
    """Give what DCAT-AP wants beyond CPSV-AP of what CPSV-AP describes: a foaf:name of agents, a label of codes."""
    agents: set[str] = set()
    concepts: set[str] = set()
    labels: dict[str, list[Value]] = {}
    schemes: set[str] = set()
    titled: set[str] = set()
    for subject, predicate, value in said:
        match predicate, value:
            case (_, str()) if predicate == TYPE and value == f"{FOAF}Agent":
                agents.add(subject)
            case (_, str()) if predicate == TYPE and value == f"{SKOS}Concept":
                concepts.add(subject)
            case (_, str()) if predicate == TYPE and value == f"{SKOS}ConceptScheme":
                schemes.add(subject)
        if predicate == f"{SKOS}prefLabel":
            labels.setdefault(subject, []).append(value)
        elif predicate == f"{DCT}title":
            titled.add(subject)
    for agent in agents:
        for label in labels.get(agent, ()):
            yield Statement(agent, f"{FOAF}name", label)
    for concept in concepts - labels.keys():
        yield Statement(concept, f"{SKOS}prefLabel", Literal(_last(concept)))
    for scheme in schemes - titled:
        yield Statement(scheme, f"{DCT}title", Literal(_last(scheme)))


def _last(iri: str) -> str:
    """Give what an IRI ends with: a code by itself, where nobody gave it a label."""
    return iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1]


def _texts(subject: str, predicate: str, texts: Texts) -> Iterator[Statement]:
    for language, text in texts.items():
        yield Statement(subject, predicate, Literal(text, language))


def _moment(text: str) -> Literal:
    return Literal(text, datatype=f"{XSD}dateTime")


def _count(number: int) -> Literal:
    return Literal(str(number), datatype=f"{XSD}integer")
