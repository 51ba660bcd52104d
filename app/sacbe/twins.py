"""The data twins of the portal's pages: one record as CPSV-AP, the same as an export writes it."""

from collections.abc import Callable
from typing import Any, Final

from sacbe.house import House
from sacbe_catalog.cpsv_ap import jsonld, rdf_xml, turtle
from sacbe_catalog.cpsv_ap.labels import Labels
from sacbe_catalog.cpsv_ap.statements import ordered
from sacbe_catalog.cpsv_ap.write import statements_of
from sacbe_portal.routes import Twin
from sacbe_terms.errors import RecordNotFound

_FORMATS: Final[dict[str, tuple[Callable[[Any, Labels], bytes], str]]] = {
    "jsonld": (jsonld.serialise, "application/ld+json"),
    "ttl": (turtle.serialise, "text/turtle"),
    "rdf": (rdf_xml.serialise, rdf_xml.MEDIA_TYPE),
}


def twin_of(house: House) -> Twin:
    """Give what renders a record, by kind and identifier, as JSON-LD, Turtle or RDF/XML; raises RecordNotFound."""

    async def twin(kind: str, identifier: str, suffix: str) -> tuple[bytes, str]:
        record = await house.store.public_record(kind, identifier)
        if record is None:
            raise RecordNotFound(kind, identifier)
        serialise, media_type = _FORMATS[suffix]
        base_iri = house.settings.base_iri
        return serialise(ordered(statements_of(record, base_iri)), Labels(base_iri)), media_type

    return twin
