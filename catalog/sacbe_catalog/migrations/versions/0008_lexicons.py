"""Versions of lexicons, as stewards have them beyond what ships: nothing is ever written over.

Revision ID: 0008_lexicons
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0008_lexicons"
down_revision = "0007_settled"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, which the node's role reads and adds to."""
    op.create_table(
        "lexicon_version",
        sa.Column("version", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("language", sa.Text, nullable=False),
        sa.Column("content", pg.JSON, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Index("ix_lexicon_version_language", "language", "version"),
        schema="catalog",
    )
    op.execute("GRANT SELECT, INSERT ON catalog.lexicon_version TO sacbe_node")


def downgrade() -> None:
    """Take it away, with all versions."""
    op.drop_table("lexicon_version", schema="catalog")
