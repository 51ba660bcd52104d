"""Links between institutions' records, and operations that supply the catalogue's evidences.

Revision ID: 0022_links
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0022_links"
down_revision = "0020_notices"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the tables; who declared and who removed what stays in the trail."""
    op.create_table(
        "link",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("data_service", sa.Text, nullable=False),
        sa.Column("type_name", sa.Text, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("arguments", JSONB, nullable=False),
        sa.Column("batch", JSONB),
        *_made(),
        sa.UniqueConstraint("data_service", "type_name", "field", name="uq_link_field"),
        schema=SCHEMA,
    )
    op.create_table(
        "supply",
        sa.Column("evidence", sa.Text, primary_key=True),
        sa.Column("operation", sa.Text, primary_key=True),
        *_made(),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, delete on bus.link, bus.supply to sacbe_node")


def downgrade() -> None:
    """Drop the tables."""
    for table in ("supply", "link"):
        op.drop_table(table, schema=SCHEMA)


def _made() -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("made_by", sa.Text, nullable=False, server_default=""),
    )
