"""Queries that nothing answered, without whoever asked them; the node's role forgets them after their time.

Revision ID: 0010_demand
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_demand"
down_revision = "0009_record_versions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "unanswered_query",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("network", sa.LargeBinary, primary_key=True),
        sa.Column("language", sa.Text, primary_key=True),
        sa.Column("text", sa.Text, primary_key=True),
        sa.Column("asked", sa.Integer, nullable=False),
        schema="catalog",
    )
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON catalog.unanswered_query TO sacbe_node")


def downgrade() -> None:
    """Take it away, with all that was asked."""
    op.drop_table("unanswered_query", schema="catalog")
