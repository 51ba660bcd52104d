"""The methods and paths that an agreement reaches.

Revision ID: 0017_routes
"""

import sqlalchemy as sa
from alembic import op

revision = "0017_routes"
down_revision = "0015_users"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Let every agreement that is there reach the whole."""
    routes: sa.Column[list[str]] = sa.Column("routes", sa.ARRAY(sa.Text), nullable=False, server_default="{}")
    op.add_column("agreement", routes, schema=SCHEMA)


def downgrade() -> None:
    """End the agreements with routes first: none may become wider than was agreed."""
    op.execute("update bus.agreement set revoked_at = coalesce(revoked_at, now()) where routes <> '{}'")
    op.drop_column("agreement", "routes", schema=SCHEMA)
