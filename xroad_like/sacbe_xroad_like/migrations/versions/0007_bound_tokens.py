"""Tokens that are bound to a client's key, and names that may be used once.

Revision ID: 0007_bound_tokens
"""

import sqlalchemy as sa
from alembic import op

revision = "0007_bound_tokens"
down_revision = "0006_quotas"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Add the columns and the table, and the node's rights; a key's removal takes its tokens along."""
    key = sa.ForeignKey("bus.client_key.id", ondelete="CASCADE", name="fk_access_token_client_key")
    op.add_column("access_token", sa.Column("client_key", sa.BigInteger, key, index=True), schema=SCHEMA)
    op.add_column("access_token", sa.Column("dpop_key", sa.Text), schema=SCHEMA)
    op.add_column("access_token", sa.Column("certificate_sha256", sa.LargeBinary), schema=SCHEMA)
    op.create_table(
        "used_once",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False, index=True),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, delete on bus.used_once to sacbe_node")


def downgrade() -> None:
    """Undo it; tokens that are bound are forgotten, since nothing would check them."""
    op.execute("delete from bus.access_token where client_key is not null")
    op.drop_table("used_once", schema=SCHEMA)
    for column in ("certificate_sha256", "dpop_key", "client_key"):
        op.drop_column("access_token", column, schema=SCHEMA)
