"""Clients' keys, and how each client must connect.

Revision ID: 0005_client_keys
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_client_keys"
down_revision = "0004_agreements"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the table and the column, and the node's rights."""
    op.create_table(
        "client_key",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("subsystem", sa.Text, sa.ForeignKey("bus.subsystem.identifier"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        sa.Column("certificate", sa.LargeBinary),
        sa.Column("begins", sa.DateTime(timezone=True)),
        sa.Column("ends", sa.DateTime(timezone=True)),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )
    op.execute(
        "alter table bus.client_key add constraint uq_client_key_content"
        " unique nulls not distinct (subsystem, name, certificate)"
    )
    op.execute("grant select, insert, update, delete on bus.client_key to sacbe_node")
    op.add_column("subsystem", sa.Column("connection", sa.Text), schema=SCHEMA)
    op.create_check_constraint(
        "ck_subsystem_connection", "subsystem", "connection in ('NOSSL', 'SSLNOAUTH', 'SSLAUTH')", schema=SCHEMA
    )


def downgrade() -> None:
    """Drop the column and the table."""
    op.drop_column("subsystem", "connection", schema=SCHEMA)
    op.drop_table("client_key", schema=SCHEMA)
