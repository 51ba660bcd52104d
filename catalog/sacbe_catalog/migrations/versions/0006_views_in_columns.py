"""Views are kept with a column per field, and the services of each institution and event in order.

Revision ID: 0006_views_in_columns
"""

from alembic import op

revision = "0006_views_in_columns"
down_revision = "0005_lz4_views"
branch_labels = None
depends_on = None

FIELDS = {
    "service_view": [
        "identifier",
        "iri",
        "title",
        "description",
        "institution",
        "institutions",
        "channels",
        "requirements",
        "evidences",
        "costs",
        "outputs",
        "processing_time",
        "processing_time_text",
        "legal_resources",
        "events",
        "areas",
        "audiences",
        "keywords",
        "languages",
        "sources",
        "status",
        "is_illustrative",
        "not_known",
        "confirmed_at",
        "review_due",
        "quality",
        "texts",
    ],
    "institution_view": [
        "identifier",
        "iri",
        "title",
        "acronym",
        "kind",
        "description",
        "homepage",
        "addresses",
        "emails",
        "telephones",
        "service_count",
    ],
    "event_view": [
        "identifier",
        "iri",
        "kind",
        "title",
        "description",
        "service_count",
    ],
}
"""What each view shows, as it stood when this was written."""


def upgrade() -> None:
    """Take the documents apart into columns, and list what is published."""
    for view, fields in FIELDS.items():
        added = ", ".join(f"ADD COLUMN {field} json" for field in fields)
        op.execute(f"ALTER TABLE catalog.{view} {added}")
        for field in fields:
            op.execute(_compressed(view, field))
        taken = ", ".join(f"{field} = document -> '{field}'" for field in fields)
        op.execute(f"UPDATE catalog.{view} SET {taken}")  # noqa: S608 - fixed names
        needed = ", ".join(f"ALTER COLUMN {field} SET NOT NULL" for field in fields)
        op.execute(f"ALTER TABLE catalog.{view} {needed}, DROP COLUMN document")
    op.execute(
        """
        CREATE TABLE catalog.listed_service (
            owner_id bigint NOT NULL REFERENCES catalog.node (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            sort_key text COLLATE "C" NOT NULL,
            service_id bigint NOT NULL
                REFERENCES catalog.service (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
            PRIMARY KEY (owner_id, sort_key, service_id)
        )
        """
    )
    op.execute("CREATE INDEX ix_catalog_listed_service_service_id ON catalog.listed_service (service_id)")
    op.execute(_CAMEL_CASE)
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.listed_service TO sacbe_node")
    op.execute(
        """
        INSERT INTO catalog.listed_service (owner_id, sort_key, service_id)
        SELECT link.target_id, service.sort_key, service.id
        FROM catalog.service
        JOIN (SELECT source_id, target_id FROM catalog.service_institution
              UNION SELECT source_id, target_id FROM catalog.service_event) AS link ON link.source_id = service.id
        WHERE service.is_public
        """
    )


_CAMEL_CASE = """
    CREATE FUNCTION catalog.camel_case(names text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN (
        SELECT coalesce(string_agg(
            CASE WHEN n = 1 THEN part ELSE upper(left(part, 1)) || substr(part, 2) END, '' ORDER BY n), '')
        FROM unnest(string_to_array(names, '_')) WITH ORDINALITY AS cut (part, n)
    )
"""
"""`processing_time` as `processingTime`, in any text around such names."""


def _compressed(view: str, field: str) -> str:
    """Compress by lz4, as 0005 did; a server that was built without it goes on as it was."""
    return f"""
        DO $$ BEGIN
            ALTER TABLE catalog.{view} ALTER COLUMN {field} SET COMPRESSION lz4;
        EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL;
        END $$
    """


def downgrade() -> None:
    """Put the documents together again."""
    op.execute("DROP FUNCTION catalog.camel_case")
    op.execute("DROP TABLE catalog.listed_service")
    for view, fields in FIELDS.items():
        pairs = ", ".join(f"'{field}', {field}" for field in fields)
        op.execute(f"ALTER TABLE catalog.{view} ADD COLUMN document json")
        op.execute(f"UPDATE catalog.{view} SET document = json_build_object({pairs})")  # noqa: S608 - fixed names
        dropped = ", ".join(f"DROP COLUMN {field}" for field in fields)
        op.execute(f"ALTER TABLE catalog.{view} ALTER COLUMN document SET NOT NULL, {dropped}")
