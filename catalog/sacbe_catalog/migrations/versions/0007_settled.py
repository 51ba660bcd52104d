"""What a large put leaves behind is settled with it: pending words are indexed, and tables counted anew.

Until the database's own upkeep comes by, up to a minute later, searches would read every pending word and plan
by the tables as they were before.

Revision ID: 0007_settled
"""

from alembic import op

revision = "0007_settled"
down_revision = "0006_views_in_columns"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a large put calls before it commits."""
    op.execute(
        """
        CREATE FUNCTION catalog.settle() RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
        AS $$
        BEGIN
            PERFORM gin_clean_pending_list('catalog.ix_service_search_vector');
            ANALYZE catalog.node, catalog.service, catalog.listed_service, catalog.service_view,
                    catalog.service_search, catalog.service_title, catalog.vocabulary;
        END
        $$
        """
    )
    op.execute("REVOKE ALL ON FUNCTION catalog.settle() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION catalog.settle() TO sacbe_node")


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP FUNCTION catalog.settle()")
