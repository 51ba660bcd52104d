"""Access rights become agreements: asked for, decided, revoked, each with who and when.

Revision ID: 0004_agreements
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_agreements"
down_revision = "0003_claims"
branch_labels = None
depends_on = None

SCHEMA = "bus"

TEXTS = ("legal_basis", "requested_by", "reason", "decided_by", "revoked_by")
"""Columns that are empty where nothing was said."""


def upgrade() -> None:
    """Keep every right that was given as an agreement that was approved on that day."""
    op.rename_table("access_right", "agreement", schema=SCHEMA)
    for name in TEXTS:
        op.add_column("agreement", sa.Column(name, sa.Text, nullable=False, server_default=""), schema=SCHEMA)
    requested_at = sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())
    op.add_column("agreement", requested_at, schema=SCHEMA)
    op.add_column("agreement", sa.Column("review_on", sa.Date), schema=SCHEMA)
    op.add_column("agreement", sa.Column("is_approved", sa.Boolean), schema=SCHEMA)
    op.alter_column("agreement", "granted_at", new_column_name="decided_at", schema=SCHEMA)
    op.alter_column("agreement", "decided_at", nullable=True, server_default=None, schema=SCHEMA)
    op.execute("update bus.agreement set is_approved = true, requested_at = decided_at")
    op.create_check_constraint(
        "ck_agreement_decided", "agreement", "(is_approved is null) = (decided_at is null)", schema=SCHEMA
    )


def downgrade() -> None:
    """Keep the rights that were given; what only waited, or was refused, was none."""
    op.execute("delete from bus.agreement where is_approved is not true")
    op.drop_constraint("ck_agreement_decided", "agreement", schema=SCHEMA)
    op.alter_column("agreement", "decided_at", nullable=False, server_default=sa.func.now(), schema=SCHEMA)
    op.alter_column("agreement", "decided_at", new_column_name="granted_at", schema=SCHEMA)
    for name in (*TEXTS, "requested_at", "review_on", "is_approved"):
        op.drop_column("agreement", name, schema=SCHEMA)
    op.rename_table("agreement", "access_right", schema=SCHEMA)
