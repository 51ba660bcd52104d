"""The steward's choices for each operation: kept with each version, beside what the document says.

Revision ID: 0004_steward_choices
"""

import sqlalchemy as sa
from alembic import op

revision = "0004_steward_choices"
down_revision = "0003_lenient_endpoints"
branch_labels = None
depends_on = None

SCHEMA = "catalog"


def upgrade() -> None:
    """Let every version that is there be as its document has it."""
    op.add_column("description", sa.Column("choices", sa.Text, nullable=False, server_default="{}"), schema=SCHEMA)
    op.alter_column("description", "choices", server_default=None, schema=SCHEMA)


def downgrade() -> None:
    """Drop the choices."""
    op.drop_column("description", "choices", schema=SCHEMA)
