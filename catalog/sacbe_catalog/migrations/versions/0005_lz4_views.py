"""Views are kept compressed by lz4 where the server can: storing and reading them costs a fraction.

Revision ID: 0005_lz4_views
"""

from alembic import op

revision = "0005_lz4_views"
down_revision = "0004_steward_choices"
branch_labels = None
depends_on = None

VIEWS = ("service_view", "institution_view", "event_view")


def upgrade() -> None:
    """Compress what is stored from now on; a server that was built without lz4 goes on as it was."""
    for view in VIEWS:
        op.execute(
            f"""
            DO $$ BEGIN
                ALTER TABLE catalog.{view} ALTER COLUMN document SET COMPRESSION lz4;
            EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL;
            END $$
            """
        )


def downgrade() -> None:
    """Compress by the server's own choice again."""
    for view in VIEWS:
        op.execute(f"ALTER TABLE catalog.{view} ALTER COLUMN document SET COMPRESSION default")
