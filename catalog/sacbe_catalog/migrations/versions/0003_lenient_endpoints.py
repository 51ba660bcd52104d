"""Whether a reply's field that breaks the description is forgiven: each version keeps the steward's choice.

Revision ID: 0003_lenient_endpoints
"""

import sqlalchemy as sa
from alembic import op

revision = "0003_lenient_endpoints"
down_revision = "0002_data_services"
branch_labels = None
depends_on = None

SCHEMA = "catalog"


def upgrade() -> None:
    """Let every version that is there be strict, as it was."""
    lenient = sa.Column("is_lenient", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("description", lenient, schema=SCHEMA)
    op.alter_column("description", "is_lenient", server_default=None, schema=SCHEMA)


def downgrade() -> None:
    """Drop the choice."""
    op.drop_column("description", "is_lenient", schema=SCHEMA)
