"""The data twins of the portal's pages: one record as CPSV-AP, the same as an export writes it."""

from typing import Literal

from sacbe.house import House
from sacbe_catalog import cpsv_ap
from sacbe_portal.routes import Twin
from sacbe_terms.errors import RecordNotFound

_FORMATS: dict[str, tuple[Literal["json-ld", "turtle"], str]] = {
    "jsonld": ("json-ld", "application/ld+json"),
    "ttl": ("turtle", "text/turtle"),
}


def twin_of(house: House) -> Twin:
    """Give what renders a service's record as JSON-LD or Turtle; raises RecordNotFound."""

    async def twin(identifier: str, suffix: str) -> tuple[bytes, str]:
        record = await house.store.public_service(identifier)
        if record is None:
            raise RecordNotFound("public service", identifier)
        form, media_type = _FORMATS[suffix]
        return cpsv_ap.write(record, format=form, base_iri=house.settings.base_iri), media_type

    return twin
