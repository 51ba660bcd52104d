"""Samples: answers of operations with fictitious values in them.

Revision ID: 0023_samples
"""

import sqlalchemy as sa
from alembic import op

revision = "0023_samples"
down_revision = "0022_links"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the table and the node's rights on it."""
    op.create_table(
        "sample",
        sa.Column("data_service", sa.Text, primary_key=True),
        sa.Column("operation_code", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("recorded_by", sa.Text, nullable=False, server_default=""),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, update, delete on bus.sample to sacbe_node")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("sample", schema=SCHEMA)
