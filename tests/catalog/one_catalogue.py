"""One fixed catalogue to test with: eight services that between them use every field of every record."""

from typing import Any

from sacbe_catalog import schemes
from sacbe_catalog.records import (
    Area,
    Catalogue,
    Channel,
    ChannelKind,
    Concept,
    ContactPoint,
    Cost,
    Event,
    EventKind,
    Evidence,
    Institution,
    Language,
    LegalResource,
    Output,
    PublicService,
    Requirement,
    SourceNote,
    Triple,
)

AUDIENCES = ("businesses", "citizens", "foreigners")
KINDS = ("ministry", "registry")
AREAS = ("0101", "GT", "GT-01")
TAGS = ("en", "es", "kek", "quc")
STRANGER = "https://stranger.example/ns#"


def _concept(scheme: str, identifier: str, **more: Any) -> Concept:
    return Concept(scheme=scheme, identifier=identifier, labels={"es": f"{identifier} (es)", "en": identifier}, **more)


CONCEPTS = tuple(
    sorted(
        (
            *(_concept(schemes.AUDIENCE, name) for name in AUDIENCES if name != "businesses"),
            _concept(schemes.AUDIENCE, "businesses", broader="citizens", alternatives=("empresas", "pymes")),
            *(_concept(schemes.INSTITUTION_KIND, name) for name in KINDS),
            *(_concept(schemes.CHANNEL, kind.value) for kind in ChannelKind),
            *(_concept(schemes.STATUS, name) for name in ("draft", "published")),
            _concept(schemes.CURRENCY, "GTQ", iri="http://publications.europa.eu/resource/authority/currency/GTQ"),
            _concept(schemes.REQUIREMENT_KIND, "document"),
            _concept(schemes.EVIDENCE_KIND, "certificate"),
            _concept(schemes.OUTPUT_KIND, "recognition"),
            _concept(schemes.THEMATIC_AREA, "identity"),
            _concept(schemes.SECTOR, "government"),
            _concept(schemes.FUNCTION_OF_GOVERNMENT, "public-order"),
            _concept(schemes.EVENT_TYPE, "family"),
        ),
        key=lambda concept: (concept.scheme, concept.identifier),
    )
)
"""Codes of every scheme, so that a catalogue of these needs nothing from outside."""

PLACES = (
    Area(identifier="0101", level="municipality", title="Guatemala", parent="GT-01", aliases=("la capital",)),
    Area(identifier="GT", level="country", title="Guatemala"),
    Area(identifier="GT-01", level="department", title="Guatemala", parent="GT"),
)

LANGUAGES = (
    Language(identifier="en", iso_639_3="eng", name="Inglés", own_name="English", fallback="es"),
    Language(
        identifier="es",
        iso_639_3="spa",
        name="Español",
        own_name="español",
        iri="http://publications.europa.eu/resource/authority/language/SPA",
    ),
    Language(identifier="kek", iso_639_3="kek", name="Q'eqchi'", fallback="es"),
    Language(identifier="quc", iso_639_3="quc", name="K'iche'", own_name="K'iche'", fallback="es"),
)


def representative() -> Catalogue:
    """Eight services that between them use every field of every record."""
    return Catalogue(
        services=(_full_service(), *(_plain_service(number) for number in range(2, 9))),
        institutions=(
            Institution(
                identifier="mingob", title={"es": "Ministerio de Gobernación"}, acronym="MINGOB", kind="ministry"
            ),
            _full_institution(),
        ),
        events=(
            Event(identifier="abrir-empresa", kind=EventKind.BUSINESS, title={"es": "Abrir una empresa"}),
            Event(
                identifier="mayoria-de-edad",
                kind=EventKind.LIFE,
                title={"es": "Cumplir 18 años", "en": "Turning 18"},
                description={"es": "Al llegar a la mayoría de edad."},
                types=("family",),
            ),
        ),
        legal_resources=(
            LegalResource(identifier="decreto-5-2021", title={"es": "Decreto 5-2021"}),
            LegalResource(
                identifier="decreto-90-2005",
                title={"es": "Decreto 90-2005, Ley del RENAP"},
                url="https://leyes.example/90-2005",
                related=("decreto-5-2021",),
                iri="https://leyes.example/id/90-2005",
            ),
        ),
        concepts=CONCEPTS,
        areas=PLACES,
        languages=LANGUAGES,
        title={"es": "Catálogo de servicios públicos", "en": "Catalogue of public services"},
        description={"es": "Ilustrativo."},
        publisher="renap",
    )


def _full_institution() -> Institution:
    return Institution(
        identifier="renap",
        title={"es": "Registro Nacional de las Personas", "en": "National Registry of Persons"},
        acronym="RENAP",
        kind="registry",
        description={"es": "Inscribe los hechos de la vida."},
        areas=("GT", "0101"),
        parent="mingob",
        homepage="https://renap.example/",
        addresses=("Calzada Roosevelt 13-46, zona 7",),
        contacts=(
            ContactPoint(
                emails=("info@renap.example",),
                telephones=("1516", "+502 2416 1900"),
                pages=("https://renap.example/contacto",),
                opening_hours=({"es": "lunes a viernes, 8:00 a 16:00", "en": "Monday to Friday, 8 to 4"},),
            ),
        ),
    )


def _full_service() -> PublicService:
    certificate = Evidence(
        identifier="ev-nacimiento",
        title={"es": "Certificado de nacimiento"},
        description={"es": "No mayor a seis meses."},
        kind="certificate",
        languages=("es",),
        pages=("https://renap.example/certificados",),
    )
    return PublicService(
        identifier="dpi-primera-vez",
        title={"es": "Emisión del DPI por primera vez", "en": "First identity card", "quc": "DPI nab'e mul"},
        description={"es": "Documento de identidad desde los 18 años.", "en": "Identity card from 18 years on."},
        institutions=("renap", "mingob"),
        keywords={"es": ("dpi", "cédula", "identificación"), "en": ("identity card",)},
        alternative_titles={"es": ("Sacar DPI", "Documento Personal de Identificación")},
        audiences=("foreigners", "citizens"),
        events=("mayoria-de-edad",),
        areas=("GT",),
        languages=("es", "quc"),
        sectors=("government",),
        thematic_areas=("identity",),
        kinds=("public-order",),
        processing_time="P30D",
        processing_time_text={"es": "30 días hábiles"},
        requirements=(
            Requirement(
                identifier="rq-nacimiento",
                title={"es": "Presentar el certificado de nacimiento"},
                description={"es": "El original."},
                kinds=("document",),
                evidences=(certificate,),
                legal_resources=("decreto-5-2021",),
            ),
            Requirement(identifier="rq-edad", title={"es": "Tener 18 años"}),
        ),
        inputs=(certificate,),
        costs=(
            Cost(identifier="co-10", amount="100.00", currency="GTQ", description={"es": "en agencia"}, channel="ca-2"),
            Cost(identifier="co-9", description={"es": "Según la sede."}),
        ),
        channels=(
            Channel(
                identifier="ca-2",
                kind="office",
                title={"es": "Agencias del RENAP"},
                description={"es": "En los 340 municipios."},
                url="https://renap.example/agencias",
                telephone="1516",
                email="agencias@renap.example",
                address="Calzada Roosevelt 13-46, zona 7",
                areas=("GT-01",),
                opening_hours=({"es": "de 8:00 a 16:00"},),
                processing_time="P30D",
                owners=("renap",),
            ),
            Channel(identifier="ca-1", kind="online", url="https://renap.example/citas"),
        ),
        outputs=(Output(identifier="ou-dpi", title={"es": "DPI"}, kinds=("recognition",)),),
        legal_resources=("decreto-90-2005",),
        requires=("servicio-2",),
        related=("servicio-3", "servicio-2"),
        contacts=(ContactPoint(telephones=("1516",), iri="https://renap.example/id/contacto"),),
        sources=(
            SourceNote(title="Página del RENAP", url="https://renap.example/dpi", checked_on="2026-11-20"),
            SourceNote(title="Prensa"),
        ),
        not_known=("legal_resources",),
        is_illustrative=True,
        confirmed_at="2026-11-20",
        review_due="2027-11-20",
        extra=(
            Triple(
                subject="https://sacbe.example/id/servicio/dpi-primera-vez",
                predicate=f"{STRANGER}level",
                value="3",
                datatype="http://www.w3.org/2001/XMLSchema#integer",
            ),
        ),
    )


def _plain_service(number: int) -> PublicService:
    return PublicService(
        identifier=f"servicio-{number}",
        title={"es": f"Servicio {number}"},
        description={"es": "Para lo que sirve."} if number % 2 else {},
        institutions=("mingob",),
        costs=(Cost(identifier=f"co-servicio-{number}", amount="0", currency="GTQ"),),
        not_known=("requirements",) if number % 2 else ("description", "requirements"),
        status="draft" if number == 8 else "published",
        audiences=("http://publications.europa.eu/resource/authority/audience/ANY",) if number == 7 else (),
    )
