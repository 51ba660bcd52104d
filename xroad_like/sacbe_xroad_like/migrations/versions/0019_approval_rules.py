"""Rules by which a provider approves requests without looking at each.

Revision ID: 0019_approval_rules
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_approval_rules"
down_revision = "0018_groups"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the table; the node ends rules, and deletes none."""
    op.create_table(
        "approval_rule",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("data_service", sa.Text, nullable=False, index=True),
        sa.Column("operation_code", sa.Text, nullable=False, server_default=""),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("routes", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
        sa.Column("days_max", sa.Integer, nullable=False),
        sa.Column("per_day_max", sa.Integer),
        sa.Column("allows_personal", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("made_by", sa.Text, nullable=False, server_default=""),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("ended_by", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint("days_max > 0", name="ck_approval_rule_days_max"),
        sa.CheckConstraint("per_day_max > 0", name="ck_approval_rule_per_day_max"),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, update on bus.approval_rule to sacbe_node")


def downgrade() -> None:
    """Drop the table; what was approved stays."""
    op.drop_table("approval_rule", schema=SCHEMA)
