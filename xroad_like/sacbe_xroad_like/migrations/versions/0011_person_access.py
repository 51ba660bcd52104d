"""Who asked for a person's data.

Revision ID: 0011_person_access
"""

import sqlalchemy as sa
from alembic import op

revision = "0011_person_access"
down_revision = "0010_fields"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the table; the node may write and read, and forget nothing."""
    op.create_table(
        "person_access",
        sa.Column("person", sa.LargeBinary, primary_key=True),
        sa.Column("request_id", sa.Uuid, primary_key=True),
        sa.Column("accessed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("agreement", sa.BigInteger, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        schema=SCHEMA,
    )
    op.execute("grant select, insert on bus.person_access to sacbe_node")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("person_access", schema=SCHEMA)
