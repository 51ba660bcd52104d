"""The fields of the result that an agreement gives.

Revision ID: 0010_fields
"""

import sqlalchemy as sa
from alembic import op

revision = "0010_fields"
down_revision = "0009_operational_record"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Let every agreement that is there give the whole."""
    fields: sa.Column[list[str]] = sa.Column("fields", sa.ARRAY(sa.Text), nullable=False, server_default="{}")
    op.add_column("agreement", fields, schema=SCHEMA)


def downgrade() -> None:
    """End the agreements with limits first: none may become wider than was agreed."""
    op.execute("update bus.agreement set revoked_at = coalesce(revoked_at, now()) where fields <> '{}'")
    op.drop_column("agreement", "fields", schema=SCHEMA)
