"""Message ids are claimed apart from the log, as X-Road's own clients may use one twice; members are clients.

Revision ID: 0003_claims
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_claims"
down_revision = "0002_credentials"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the claims, let the log tell exchanges apart by their request id, and add the members themselves."""
    op.create_table(
        "message_claim",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("request_id", sa.Uuid, nullable=False),
        sa.Column("content_sha256", sa.LargeBinary, nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, update, delete on bus.message_claim to sacbe_node")
    op.drop_constraint("uq_message_log_message_id", "message_log", schema=SCHEMA)
    op.create_unique_constraint("uq_message_log_request_id", "message_log", ["request_id", "direction"], schema=SCHEMA)
    op.create_index("ix_message_log_message_id", "message_log", ["message_id"], schema=SCHEMA)
    op.execute(
        "insert into bus.subsystem (identifier, member, title) select identifier, identifier, title from bus.member"
        " on conflict do nothing"
    )


def downgrade() -> None:
    """Undo it; fails where X-Road's clients have used an id twice."""
    op.drop_index("ix_message_log_message_id", "message_log", schema=SCHEMA)
    op.drop_constraint("uq_message_log_request_id", "message_log", schema=SCHEMA)
    op.create_unique_constraint(
        "uq_message_log_message_id", "message_log", ["message_id", "consumer", "direction"], schema=SCHEMA
    )
    op.drop_table("message_claim", schema=SCHEMA)
