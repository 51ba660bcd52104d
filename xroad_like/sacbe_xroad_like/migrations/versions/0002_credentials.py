"""Credentials to ministries' systems, locked.

Revision ID: 0002_credentials
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_credentials"
down_revision = "0001_bus"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the table and the node's rights on it."""
    op.create_table(
        "credential",
        sa.Column("data_service", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("locked", sa.LargeBinary, nullable=False),
        sa.Column("set_by", sa.Text, nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, update, delete on bus.credential to sacbe_node")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("credential", schema=SCHEMA)
