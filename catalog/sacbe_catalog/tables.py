"""The catalogue's tables, mapped to CPSV-AP 3.2.0.

Everything with a name is a *node*: it has a local identifier and a stable IRI. A node's own table
(`service`, `channel`, ...) holds its scalars, `text_value` its texts in every language, a link table
per property (`service_channel`, ...) what it points to, in order, and `extra_triple` what a stranger's
graph said beyond that. Coded values are foreign keys to `concept`. Numbers keep their lexical form.

The last group of tables is derived: `service_view` and its like hold what a reader gets, rendered
once per language when a record changes, `listed_service` has the services of each institution and
event in order, and `service_search`, `service_title` and `vocabulary` hold what search needs.
`derived.py` alone writes them, in the transaction that changes the record.

Foreign keys are checked at commit, so that records may point to each other in any order.
"""

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from sacbe_catalog import views
from sacbe_catalog.metadata import metadata


def _reference(target: str, *, on_delete: str | None = None) -> sa.ForeignKey:
    return sa.ForeignKey(f"catalog.{target}", ondelete=on_delete, deferrable=True, initially="DEFERRED")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _texts(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, pg.ARRAY(sa.Text), nullable=False, server_default="{}")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())


def _one(field: str, target: str) -> tuple[sa.Column[int]]:
    return (sa.Column(f"{field}_id", sa.BigInteger, _reference(f"{target}.id"), index=True),)


def _coded(field: str) -> tuple[sa.Column[int], sa.Column[bool]]:
    """Hold one coded value, and whether the record wrote it as an IRI."""
    return sa.Column(f"{field}_id", sa.BigInteger, _reference("concept.id"), index=True), _flag(f"is_{field}_by_iri")


def _entity(name: str, *columns: sa.Column[Any]) -> sa.Table:
    key = sa.Column("id", sa.BigInteger, _reference("node.id", on_delete="CASCADE"), primary_key=True)
    return sa.Table(name, metadata, key, *columns)


def _link(source: str, name: str, target: str) -> sa.Table:
    return sa.Table(
        f"{source}_{name}",
        metadata,
        sa.Column("source_id", sa.BigInteger, _reference(f"{source}.id", on_delete="CASCADE"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("target_id", sa.BigInteger, _reference(f"{target}.id"), nullable=False, index=True),
        _flag("is_by_iri"),
    )


# Nodes and what every node may have -------------------------------------------------------

node = sa.Table(
    "node",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("identifier", sa.Text, nullable=False),
    sa.Column("iri", sa.Text, nullable=False),
    _flag("is_iri_minted"),
    _flag("is_implied"),
    sa.UniqueConstraint("identifier", "kind"),
    sa.UniqueConstraint("iri", "kind"),
)

text_value = sa.Table(
    "text_value",
    metadata,
    sa.Column("node_id", sa.BigInteger, _reference("node.id", on_delete="CASCADE"), primary_key=True),
    sa.Column("property", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("language", sa.Text, _reference("language.tag"), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column(
        "state", sa.Text, sa.CheckConstraint("state IN ('original', 'translated')", name="state"), nullable=False
    ),
)

extra_triple = sa.Table(
    "extra_triple",
    metadata,
    sa.Column("node_id", sa.BigInteger, _reference("node.id", on_delete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("predicate", sa.Text, nullable=False),
    sa.Column("value", sa.Text, nullable=False),
    _text("kind"),
    _text("datatype"),
    _text("language"),
)

# Code lists, places, languages ------------------------------------------------------------

concept_scheme = _entity("concept_scheme")

concept = _entity(
    "concept",
    sa.Column("scheme_id", sa.BigInteger, _reference("concept_scheme.id"), nullable=False, index=True),
    sa.Column("notation", sa.Text, nullable=False),
    *_coded("broader"),
    _texts("alternatives"),
)

area = _entity("area", _text("level"), _text("title"), *_one("parent", "area"), _texts("aliases"))

language = _entity(
    "language",
    sa.Column("tag", sa.Text, nullable=False, unique=True),
    _text("iso_639_3"),
    _text("name"),
    _text("own_name"),
    *_one("fallback", "language"),
    _texts("chain"),
)

# Institutions, events, law ----------------------------------------------------------------

institution = _entity(
    "institution",
    _text("acronym"),
    *_coded("kind"),
    *_one("parent", "institution"),
    _text("homepage"),
    _texts("addresses"),
    sa.Column("service_count", sa.Integer, nullable=False, server_default="0"),
)

event = _entity(
    "event",
    sa.Column("kind", sa.Text, sa.CheckConstraint("kind IN ('life', 'business')", name="kind"), nullable=False),
    sa.Column("service_count", sa.Integer, nullable=False, server_default="0"),
)

legal_resource = _entity("legal_resource", _text("url"))

contact_point = _entity("contact_point", _texts("emails"), _texts("telephones"), _texts("pages"))

catalogue = _entity("catalogue", *_one("publisher", "institution"))

# The public service and its parts ---------------------------------------------------------

service = _entity(
    "service",
    *_coded("status"),
    _text("processing_time"),
    _texts("not_known"),
    _flag("is_illustrative"),
    sa.Column("confirmed_at", sa.Date),
    sa.Column("review_due", sa.Date),
    _flag("is_public"),
    sa.Column("is_free_of_charge", sa.Boolean),
    sa.Column("sort_key", sa.Text(collation="C"), nullable=False, server_default=""),
)
sa.Index("ix_service_order", service.c.sort_key, service.c.id, postgresql_where=service.c.is_public)

requirement = _entity("requirement")

evidence = _entity("evidence", *_coded("kind"), _texts("pages"))

channel = _entity(
    "channel",
    *_coded("kind"),
    _text("url"),
    _text("telephone"),
    _text("email"),
    _text("address"),
    _text("processing_time"),
)

cost = _entity(
    "cost",
    _text("amount"),
    sa.Column("value", sa.Numeric, sa.Computed("nullif(amount, '')::numeric", persisted=True)),
    *_coded("currency"),
    *_one("channel", "channel"),
)

output = _entity("output")

source_note = sa.Table(
    "source_note",
    metadata,
    sa.Column("service_id", sa.BigInteger, _reference("service.id", on_delete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    _text("url"),
    sa.Column("checked_on", sa.Date),
)

# Who points to whom -----------------------------------------------------------------------

service_institution = _link("service", "institution", "institution")
service_audience = _link("service", "audience", "concept")
service_event = _link("service", "event", "event")
service_area = _link("service", "area", "area")
service_language = _link("service", "language", "language")
service_sector = _link("service", "sector", "concept")
service_thematic_area = _link("service", "thematic_area", "concept")
service_kind = _link("service", "kind", "concept")
service_requirement = _link("service", "requirement", "requirement")
service_input = _link("service", "input", "evidence")
service_cost = _link("service", "cost", "cost")
service_channel = _link("service", "channel", "channel")
service_output = _link("service", "output", "output")
service_legal_resource = _link("service", "legal_resource", "legal_resource")
service_requires = _link("service", "requires", "service")
service_related = _link("service", "related", "service")
service_contact_point = _link("service", "contact_point", "contact_point")
institution_area = _link("institution", "area", "area")
institution_contact_point = _link("institution", "contact_point", "contact_point")
event_type = _link("event", "type", "concept")
legal_resource_related = _link("legal_resource", "related", "legal_resource")
requirement_kind = _link("requirement", "kind", "concept")
requirement_evidence = _link("requirement", "evidence", "evidence")
requirement_legal_resource = _link("requirement", "legal_resource", "legal_resource")
evidence_language = _link("evidence", "language", "language")
output_kind = _link("output", "kind", "concept")
channel_area = _link("channel", "area", "area")
channel_owner = _link("channel", "owner", "institution")

# Derived: what readers get, and what search needs -------------------------------------------


def _view(of: str, shown: type[msgspec.Struct], *columns: sa.Column[str]) -> sa.Table:
    """Keep each field of a view in a column of its own, as JSON: who asks for one field reads no other."""
    return sa.Table(
        f"{of}_view",
        metadata,
        sa.Column(f"{of}_id", sa.BigInteger, _reference(f"{of}.id", on_delete="CASCADE"), primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        *(sa.Column(name, pg.JSON, nullable=False) for name in shown.__struct_fields__),
        *columns,
    )


service_view = _view("service", views.PublicServiceView)
institution_view = _view(
    "institution",
    views.InstitutionView,
    sa.Column("sort_key", sa.Text(collation="C"), nullable=False),
    _text("folded"),
)
event_view = _view("event", views.EventView)

listed_service = sa.Table(
    "listed_service",
    metadata,
    sa.Column("owner_id", sa.BigInteger, _reference("node.id", on_delete="CASCADE"), primary_key=True),
    sa.Column("sort_key", sa.Text(collation="C"), primary_key=True),
    sa.Column("service_id", sa.BigInteger, _reference("service.id", on_delete="CASCADE"), primary_key=True, index=True),
)
"""The published services of each institution and each event, in the order of lists."""

service_title = sa.Table(
    "service_title",
    metadata,
    sa.Column("service_id", sa.BigInteger, _reference("service.id", on_delete="CASCADE"), primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("folded", sa.Text, nullable=False),
    sa.Index(
        "ix_service_title_folded", "folded", postgresql_using="gin", postgresql_ops={"folded": "public.gin_trgm_ops"}
    ),
)

service_search = sa.Table(
    "service_search",
    metadata,
    sa.Column("service_id", sa.BigInteger, _reference("service.id", on_delete="CASCADE"), primary_key=True),
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("vector", pg.TSVECTOR, nullable=False),
    sa.Index("ix_service_search_vector", "vector", postgresql_using="gin"),
)

vocabulary = sa.Table(
    "vocabulary",
    metadata,
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("lexeme", sa.Text, primary_key=True),
    sa.Column("services", sa.Integer, nullable=False),
    sa.Column("sound", sa.Text, sa.Computed("catalog.sound(lexeme)", persisted=True), index=True),
    sa.Index(
        "ix_vocabulary_lexeme", "lexeme", postgresql_using="gin", postgresql_ops={"lexeme": "public.gin_trgm_ops"}
    ),
)
