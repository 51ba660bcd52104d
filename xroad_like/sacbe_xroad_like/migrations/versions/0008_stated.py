"""What a development token states for requests that do not.

Revision ID: 0008_stated
"""

import sqlalchemy as sa
from alembic import op

revision = "0008_stated"
down_revision = "0007_bound_tokens"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Let tokens that are there state nothing."""
    for name in ("user_id", "issue"):
        op.add_column("access_token", sa.Column(name, sa.Text, nullable=False, server_default=""), schema=SCHEMA)
    any_purpose = sa.Column("any_purpose", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("access_token", any_purpose, schema=SCHEMA)


def downgrade() -> None:
    """Drop the columns."""
    for name in ("user_id", "issue", "any_purpose"):
        op.drop_column("access_token", name, schema=SCHEMA)
