"""Operational records.

Revision ID: 0009_operational_record
"""

import sqlalchemy as sa
from alembic import op

revision = "0009_operational_record"
down_revision = "0008_stated"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the table, and let the node write, read and forget."""
    op.create_table(
        "operational_record",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
        sa.Column("door", sa.Text, nullable=False),
        sa.Column("consumer", sa.Text, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("service_code", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("request_size", sa.BigInteger, nullable=False),
        sa.Column("request_id", sa.Uuid),
        sa.Column("operation_code", sa.Text, nullable=False),
        sa.Column("service_version", sa.Text, nullable=False),
        sa.Column("service_type", sa.Text, nullable=False),
        sa.Column("rest_method", sa.Text, nullable=False),
        sa.Column("rest_path", sa.Text, nullable=False),
        sa.Column("represented_party", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("issue", sa.Text, nullable=False),
        sa.Column("protocol_version", sa.Text, nullable=False),
        sa.Column("succeeded", sa.Boolean, nullable=False),
        sa.Column("fault_code", sa.Text, nullable=False),
        sa.Column("status_code", sa.Integer),
        sa.Column("response_size", sa.BigInteger, nullable=False),
        sa.Column("request_in_ts", sa.BigInteger, nullable=False),
        sa.Column("request_out_ts", sa.BigInteger),
        sa.Column("response_in_ts", sa.BigInteger),
        sa.Column("response_out_ts", sa.BigInteger, nullable=False),
        sa.Column("access_seconds", sa.Double, nullable=False),
        sa.Column("sign_seconds", sa.Double, nullable=False),
        sa.Column("call_seconds", sa.Double, nullable=False),
        sa.Column("log_seconds", sa.Double, nullable=False),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, delete on bus.operational_record to sacbe_node")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("operational_record", schema=SCHEMA)
