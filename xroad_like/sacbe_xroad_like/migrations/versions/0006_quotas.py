"""The count of calls by agreement and day.

Revision ID: 0006_quotas
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_quotas"
down_revision = "0005_client_keys"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the table and the node's rights on it."""
    op.create_table(
        "quota_use",
        sa.Column("agreement", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("leased", sa.Integer, nullable=False),
        sa.CheckConstraint("used >= 0", name="ck_quota_use_used"),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, update, delete on bus.quota_use to sacbe_node")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("quota_use", schema=SCHEMA)
