"""The catalogue: records, what readers get of them, and what search needs."""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.exc import ProgrammingError

from sacbe_terms.errors import DatabaseUnreachable

revision = "0001_catalogue"
down_revision = None
branch_labels = ("catalog",)
depends_on = None

SCHEMA = "catalog"

EXTENSIONS = ("unaccent", "pg_trgm")

LINKS = (
    ("service", "institution", "institution"),
    ("service", "audience", "concept"),
    ("service", "event", "event"),
    ("service", "area", "area"),
    ("service", "language", "language"),
    ("service", "sector", "concept"),
    ("service", "thematic_area", "concept"),
    ("service", "kind", "concept"),
    ("service", "requirement", "requirement"),
    ("service", "input", "evidence"),
    ("service", "cost", "cost"),
    ("service", "channel", "channel"),
    ("service", "output", "output"),
    ("service", "legal_resource", "legal_resource"),
    ("service", "requires", "service"),
    ("service", "related", "service"),
    ("service", "contact_point", "contact_point"),
    ("institution", "area", "area"),
    ("institution", "contact_point", "contact_point"),
    ("event", "type", "concept"),
    ("legal_resource", "related", "legal_resource"),
    ("requirement", "kind", "concept"),
    ("requirement", "evidence", "evidence"),
    ("requirement", "legal_resource", "legal_resource"),
    ("evidence", "language", "language"),
    ("output", "kind", "concept"),
    ("channel", "area", "area"),
    ("channel", "owner", "institution"),
)

TEXT_SEARCH = (
    "CREATE TEXT SEARCH CONFIGURATION catalog.es_original (COPY = pg_catalog.spanish)",
    "CREATE TEXT SEARCH CONFIGURATION catalog.es_unaccented (COPY = pg_catalog.spanish)",
    "ALTER TEXT SEARCH CONFIGURATION catalog.es_unaccented "
    "ALTER MAPPING FOR word, hword, hword_part WITH public.unaccent, pg_catalog.spanish_stem",
    "CREATE TEXT SEARCH CONFIGURATION catalog.en_unaccented (COPY = pg_catalog.english)",
    "ALTER TEXT SEARCH CONFIGURATION catalog.en_unaccented "
    "ALTER MAPPING FOR word, hword, hword_part WITH public.unaccent, pg_catalog.english_stem",
    "CREATE TEXT SEARCH CONFIGURATION catalog.folded (COPY = pg_catalog.simple)",
    "ALTER TEXT SEARCH CONFIGURATION catalog.folded "
    "ALTER MAPPING FOR word, hword, hword_part WITH public.unaccent, pg_catalog.simple",
)

FUNCTIONS = (
    r"""
    CREATE FUNCTION catalog.configurations(language text) RETURNS regconfig[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE language
            WHEN 'es' THEN ARRAY['catalog.es_original'::regconfig, 'catalog.es_unaccented'::regconfig]
            WHEN 'en' THEN ARRAY['catalog.en_unaccented'::regconfig]
            ELSE ARRAY['catalog.folded'::regconfig]
        END
    $$
    """,
    r"""
    COMMENT ON FUNCTION catalog.configurations IS
        'How a language''s words are reduced; Spanish both with and without accents, since its stemmer needs them.'
    """,
    r"""
    CREATE FUNCTION catalog.lexemes(language text, words text) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT array_agg(DISTINCT lexeme)
        FROM unnest(catalog.configurations(language)) AS configuration,
             unnest(tsvector_to_array(to_tsvector(configuration, words))) AS lexeme
    $$
    """,
    r"""
    CREATE FUNCTION catalog.weighted(configuration regconfig, a text, b text, c text, d text) RETURNS tsvector
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT setweight(to_tsvector(configuration, a), 'A') || setweight(to_tsvector(configuration, b), 'B')
            || setweight(to_tsvector(configuration, c), 'C') || setweight(to_tsvector(configuration, d), 'D')
    $$
    """,
    r"""
    CREATE FUNCTION catalog.search_vector(language text, a text, b text, c text, d text) RETURNS tsvector
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
        SELECT CASE cardinality(configurations)
            WHEN 1 THEN catalog.weighted(configurations[1], a, b, c, d)
            ELSE catalog.weighted(configurations[1], a, b, c, d) || catalog.weighted(configurations[2], a, b, c, d)
        END
        FROM catalog.configurations(language) AS configurations
    $$
    """,
    r"""
    CREATE FUNCTION catalog.sound(word text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT
            regexp_replace(
            regexp_replace(
            translate(
            replace(
            replace(
            regexp_replace(
            regexp_replace(
            regexp_replace(
            replace(
            regexp_replace(
                translate(lower(word), 'áéíóúüñ', 'aeiouun'),
            'c(?=[eiy])', 's', 'g'),
            'ch', '1'),
            'qu(?=[ei])', 'k', 'g'),
            'g(?=[ei])', 'j', 'g'),
            'gu(?=[ei])', 'g', 'g'),
            'll', 'y'),
            'h', ''),
            'vzcqwxy', 'bskkusi'),
            'n(?=[bp])', 'm', 'g'),
            '(.)\1+', '\1', 'g')
    $$
    """,
    r"""
    COMMENT ON FUNCTION catalog.sound IS
        'Words that sound alike in American Spanish get the same text: most misspellings are of that kind.'
    """,
)

ROLE = """
DO $$
BEGIN
    CREATE ROLE sacbe_node NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;
"""

GRANTS = (
    "GRANT sacbe_node TO CURRENT_USER",
    "GRANT USAGE ON SCHEMA catalog TO sacbe_node",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA catalog TO sacbe_node",
)


def upgrade() -> None:
    """Make the schema's contents, as the database's owner."""
    _make_extensions()
    _execute(*TEXT_SEARCH, *FUNCTIONS)
    made = [*_nodes(), *_code_lists(), *_owners(), *_services(), *_links(), *_derived()]
    _execute(ROLE, *GRANTS)
    _execute(*(f"GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.{table} TO sacbe_node" for table in made))


def _execute(*statements: str) -> None:
    for statement in statements:
        op.execute(statement)


def _make_extensions() -> None:
    for extension in EXTENSIONS:
        try:
            op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
        except ProgrammingError as error:
            raise DatabaseUnreachable(
                what=f"PostgreSQL's extension {extension} is missing and cannot be created: {error.orig}",
                where=extension,
                hint=f"Let its administrator run CREATE EXTENSION {extension} SCHEMA public, and try again.",
            ) from error


# Tables -------------------------------------------------------------------------------------


def _nodes() -> Iterator[str]:
    yield _table(
        "node",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("iri", sa.Text, nullable=False),
        _flag("is_iri_minted"),
        _flag("is_implied"),
        sa.UniqueConstraint("identifier", "kind", name="uq_node_identifier"),
        sa.UniqueConstraint("iri", "kind", name="uq_node_iri"),
    )
    yield _table(
        "extra_triple",
        _key("node_id", "node"),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("predicate", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        _text("kind"),
        _text("datatype"),
        _text("language"),
    )


def _code_lists() -> Iterator[str]:
    yield _entity("concept_scheme")
    yield _entity(
        "concept",
        _one("scheme", "concept_scheme", nullable=False),
        sa.Column("notation", sa.Text, nullable=False),
        *_coded("broader"),
        _texts("alternatives"),
    )
    yield _entity("area", _text("level"), _text("title"), _one("parent", "area"), _texts("aliases"))
    yield _entity(
        "language",
        sa.Column("tag", sa.Text, nullable=False),
        _text("iso_639_3"),
        _text("name"),
        _text("own_name"),
        _one("fallback", "language"),
        _texts("chain"),
        sa.UniqueConstraint("tag", name="uq_language_tag"),
    )
    yield _table(
        "text_value",
        _key("node_id", "node"),
        sa.Column("property", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("language", sa.Text, _reference("language.tag"), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.CheckConstraint("state IN ('original', 'translated')", name="ck_text_value_state"),
    )


def _owners() -> Iterator[str]:
    yield _entity(
        "institution",
        _text("acronym"),
        *_coded("kind"),
        _one("parent", "institution"),
        _text("homepage"),
        _texts("addresses"),
        sa.Column("service_count", sa.Integer, nullable=False, server_default="0"),
    )
    yield _entity(
        "event",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("service_count", sa.Integer, nullable=False, server_default="0"),
        sa.CheckConstraint("kind IN ('life', 'business')", name="ck_event_kind"),
    )
    yield _entity("legal_resource", _text("url"))
    yield _entity("contact_point", _texts("emails"), _texts("telephones"), _texts("pages"))
    yield _entity("catalogue", _one("publisher", "institution"))


def _services() -> Iterator[str]:
    yield _entity(
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
    op.create_index(
        "ix_service_order", "service", ["sort_key", "id"], schema=SCHEMA, postgresql_where=sa.text("is_public")
    )
    yield _entity("requirement")
    yield _entity("evidence", *_coded("kind"), _texts("pages"))
    yield _entity(
        "channel",
        *_coded("kind"),
        _text("url"),
        _text("telephone"),
        _text("email"),
        _text("address"),
        _text("processing_time"),
    )
    yield _entity(
        "cost",
        _text("amount"),
        sa.Column("value", sa.Numeric, sa.Computed("nullif(amount, '')::numeric", persisted=True)),
        *_coded("currency"),
        _one("channel", "channel"),
    )
    yield _entity("output")
    yield _table(
        "source_note",
        _key("service_id", "service"),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        _text("url"),
        sa.Column("checked_on", sa.Date),
    )


def _links() -> Iterator[str]:
    for source, name, target in LINKS:
        yield _table(
            f"{source}_{name}",
            _key("source_id", source),
            sa.Column("position", sa.Integer, primary_key=True),
            sa.Column("target_id", sa.BigInteger, _reference(f"{target}.id"), nullable=False),
            _flag("is_by_iri"),
        )
        op.create_index(f"ix_catalog_{source}_{name}_target_id", f"{source}_{name}", ["target_id"], schema=SCHEMA)


def _derived() -> Iterator[str]:
    yield _view("service")
    yield _view("institution", sa.Column("sort_key", sa.Text(collation="C"), nullable=False), _text("folded"))
    yield _view("event")
    yield _table(
        "service_title",
        _key("service_id", "service"),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("folded", sa.Text, nullable=False),
    )
    _gin("service_title", "folded", operators="public.gin_trgm_ops")
    yield _table(
        "service_search",
        _key("service_id", "service"),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("vector", pg.TSVECTOR, nullable=False),
    )
    _gin("service_search", "vector")
    yield _table(
        "vocabulary",
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("lexeme", sa.Text, primary_key=True),
        sa.Column("services", sa.Integer, nullable=False),
        sa.Column("sound", sa.Text, sa.Computed("catalog.sound(lexeme)", persisted=True)),
    )
    op.create_index("ix_catalog_vocabulary_sound", "vocabulary", ["sound"], schema=SCHEMA)
    _gin("vocabulary", "lexeme", operators="public.gin_trgm_ops")


# Columns ------------------------------------------------------------------------------------


def _table(name: str, *parts: sa.schema.SchemaItem) -> str:
    op.create_table(name, *parts, schema=SCHEMA)
    return name


def _entity(name: str, *parts: sa.schema.SchemaItem) -> str:
    made = _table(name, _key("id", "node"), *parts)
    for part in parts:
        if isinstance(part, sa.Column) and part.name.endswith("_id"):
            op.create_index(f"ix_catalog_{name}_{part.name}", name, [part.name], schema=SCHEMA)
    return made


def _view(of: str, *parts: sa.schema.SchemaItem) -> str:
    return _table(
        f"{of}_view",
        _key(f"{of}_id", of),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("document", pg.JSON, nullable=False),
        *parts,
    )


def _gin(table: str, column: str, *, operators: str | None = None) -> None:
    op.create_index(
        f"ix_{table}_{column}",
        table,
        [column],
        schema=SCHEMA,
        postgresql_using="gin",
        postgresql_ops={column: operators} if operators else {},
    )


def _reference(target: str, *, on_delete: str | None = None) -> sa.ForeignKey:
    return sa.ForeignKey(f"{SCHEMA}.{target}", ondelete=on_delete, deferrable=True, initially="DEFERRED")


def _key(name: str, owner: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, _reference(f"{owner}.id", on_delete="CASCADE"), primary_key=True)


def _one(field: str, target: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(f"{field}_id", sa.BigInteger, _reference(f"{target}.id"), nullable=nullable)


def _coded(field: str) -> tuple[sa.Column[int], sa.Column[bool]]:
    return _one(field, "concept"), _flag(f"is_{field}_by_iri")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _texts(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, pg.ARRAY(sa.Text), nullable=False, server_default="{}")


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false())
