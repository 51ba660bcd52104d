"""How records map to tables: one line per property.

Everything that moves records in or out of the tables walks these mappings, so a new property of a
record is one line here, one column or link table in `tables.py`, and one migration.
"""

from dataclasses import dataclass
from typing import Final

import msgspec
import sqlalchemy as sa

from sacbe_catalog import records, schemes, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A property that names one other node; `scheme` says where a coded value's identifier belongs."""

    field: str
    target: str
    scheme: str = ""

    @property
    def column(self) -> str:
        """The column that holds the other node's id."""
        return f"{self.field}_id"

    @property
    def flag(self) -> str:
        """The column that says whether a coded value was written as an IRI."""
        return f"is_{self.field}_by_iri"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A property that names other nodes in order, or, as `is_part`, holds their records itself."""

    field: str
    table: sa.Table
    target: str
    scheme: str = ""
    is_part: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One kind of node: its record, its table, and which property is kept how.

    `texts` are language maps, `word_lists` language maps of lists, `text_lists` lists of language maps.
    `catalogue_field` is where a catalogue holds such records, empty for parts of other records.
    """

    kind: str
    record: type[msgspec.Struct]
    table: sa.Table
    catalogue_field: str = ""
    scalars: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    word_lists: tuple[str, ...] = ()
    text_lists: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    links: tuple[Link, ...] = ()

    @property
    def parts(self) -> tuple[Link, ...]:
        """The properties that hold records of their own."""
        return tuple(link for link in self.links if link.is_part)


def _coded(field: str, scheme: str) -> Reference:
    return Reference(field=field, target="concept", scheme=scheme)


def _codes(field: str, table: sa.Table, scheme: str) -> Link:
    return Link(field=field, table=table, target="concept", scheme=scheme)


def _part(field: str, table: sa.Table, target: str) -> Link:
    return Link(field=field, table=table, target=target, is_part=True)


_TITLE: Final = ("title", "description")

SERVICE: Final = Mapping(
    kind="service",
    record=records.PublicService,
    table=tables.service,
    catalogue_field="services",
    scalars=("processing_time", "not_known", "is_illustrative", "confirmed_at", "review_due"),
    texts=(*_TITLE, "processing_time_text"),
    word_lists=("keywords", "alternative_titles"),
    references=(_coded("status", schemes.STATUS),),
    links=(
        Link(field="institutions", table=tables.service_institution, target="institution"),
        _codes("audiences", tables.service_audience, schemes.AUDIENCE),
        Link(field="events", table=tables.service_event, target="event"),
        Link(field="areas", table=tables.service_area, target="area"),
        Link(field="languages", table=tables.service_language, target="language"),
        _codes("sectors", tables.service_sector, schemes.SECTOR),
        _codes("thematic_areas", tables.service_thematic_area, schemes.THEMATIC_AREA),
        _codes("kinds", tables.service_kind, schemes.FUNCTION_OF_GOVERNMENT),
        _part("requirements", tables.service_requirement, "requirement"),
        _part("inputs", tables.service_input, "evidence"),
        _part("costs", tables.service_cost, "cost"),
        _part("channels", tables.service_channel, "channel"),
        _part("outputs", tables.service_output, "output"),
        Link(field="legal_resources", table=tables.service_legal_resource, target="legal_resource"),
        Link(field="requires", table=tables.service_requires, target="service"),
        Link(field="related", table=tables.service_related, target="service"),
        _part("contacts", tables.service_contact_point, "contact_point"),
    ),
)

MAPPINGS: Final = (
    Mapping(kind="concept_scheme", record=schemes.ConceptScheme, table=tables.concept_scheme),
    Mapping(
        kind="concept",
        record=records.Concept,
        table=tables.concept,
        catalogue_field="concepts",
        scalars=("alternatives",),
        texts=("labels",),
        references=(
            Reference(field="scheme", target="concept_scheme"),
            _coded("broader", ""),
        ),
    ),
    Mapping(
        kind="area",
        record=records.Area,
        table=tables.area,
        catalogue_field="areas",
        scalars=("level", "title", "aliases"),
        references=(Reference(field="parent", target="area"),),
    ),
    Mapping(
        kind="language",
        record=records.Language,
        table=tables.language,
        catalogue_field="languages",
        scalars=("iso_639_3", "name", "own_name"),
        references=(Reference(field="fallback", target="language"),),
    ),
    Mapping(
        kind="institution",
        record=records.Institution,
        table=tables.institution,
        catalogue_field="institutions",
        scalars=("acronym", "homepage", "addresses"),
        texts=_TITLE,
        references=(
            _coded("kind", schemes.INSTITUTION_KIND),
            Reference(field="parent", target="institution"),
        ),
        links=(
            Link(field="areas", table=tables.institution_area, target="area"),
            _part("contacts", tables.institution_contact_point, "contact_point"),
        ),
    ),
    Mapping(
        kind="event",
        record=records.Event,
        table=tables.event,
        catalogue_field="events",
        scalars=("kind",),
        texts=_TITLE,
        links=(_codes("types", tables.event_type, schemes.EVENT_TYPE),),
    ),
    Mapping(
        kind="legal_resource",
        record=records.LegalResource,
        table=tables.legal_resource,
        catalogue_field="legal_resources",
        scalars=("url",),
        texts=("title",),
        links=(Link(field="related", table=tables.legal_resource_related, target="legal_resource"),),
    ),
    Mapping(
        kind="contact_point",
        record=records.ContactPoint,
        table=tables.contact_point,
        scalars=("emails", "telephones", "pages"),
        text_lists=("opening_hours",),
    ),
    Mapping(
        kind="evidence",
        record=records.Evidence,
        table=tables.evidence,
        scalars=("pages",),
        texts=_TITLE,
        references=(_coded("kind", schemes.EVIDENCE_KIND),),
        links=(Link(field="languages", table=tables.evidence_language, target="language"),),
    ),
    Mapping(
        kind="requirement",
        record=records.Requirement,
        table=tables.requirement,
        texts=_TITLE,
        links=(
            _codes("kinds", tables.requirement_kind, schemes.REQUIREMENT_KIND),
            _part("evidences", tables.requirement_evidence, "evidence"),
            Link(field="legal_resources", table=tables.requirement_legal_resource, target="legal_resource"),
        ),
    ),
    Mapping(
        kind="channel",
        record=records.Channel,
        table=tables.channel,
        scalars=("url", "telephone", "email", "address", "processing_time"),
        texts=_TITLE,
        text_lists=("opening_hours",),
        references=(_coded("kind", schemes.CHANNEL),),
        links=(
            Link(field="areas", table=tables.channel_area, target="area"),
            Link(field="owners", table=tables.channel_owner, target="institution"),
        ),
    ),
    Mapping(
        kind="cost",
        record=records.Cost,
        table=tables.cost,
        scalars=("amount",),
        texts=("description",),
        references=(
            _coded("currency", schemes.CURRENCY),
            Reference(field="channel", target="channel"),
        ),
    ),
    Mapping(
        kind="output",
        record=records.Output,
        table=tables.output,
        texts=_TITLE,
        links=(_codes("kinds", tables.output_kind, schemes.OUTPUT_KIND),),
    ),
    SERVICE,
    Mapping(
        kind="catalogue",
        record=records.Catalogue,
        table=tables.catalogue,
        texts=_TITLE,
        references=(Reference(field="publisher", target="institution"),),
    ),
)
"""Every kind of node."""

BY_KIND: Final = {mapping.kind: mapping for mapping in MAPPINGS}
