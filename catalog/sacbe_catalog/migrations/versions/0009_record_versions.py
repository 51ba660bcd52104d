"""Versions of records: every change, numbered; nothing is ever written over.

Revision ID: 0009_record_versions
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision = "0009_record_versions"
down_revision = "0008_lexicons"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables: the node's role adds versions and reads them, and moves drafts on their way."""
    op.create_table(
        "record_version",
        sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("content", pg.JSON, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("was_public", sa.Boolean, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Index("ix_record_version_record", "identifier", "kind", "number"),
        schema="catalog",
    )
    op.execute("ALTER TABLE catalog.record_version ALTER COLUMN content SET COMPRESSION lz4")
    op.execute("GRANT SELECT, INSERT ON catalog.record_version TO sacbe_node")
    op.create_table(
        "draft",
        sa.Column("number", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("content", pg.JSON, nullable=False),
        sa.Column("bases", pg.JSON, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
        sa.Column("decision", sa.Text, nullable=False, server_default=""),
        sa.Column("publish_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('draft', 'review', 'scheduled', 'published', 'withdrawn')", name="state"),
        sa.Index("ix_draft_open", "state", "number"),
        schema="catalog",
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON catalog.draft TO sacbe_node")


def downgrade() -> None:
    """Take them away, with all versions and drafts."""
    op.drop_table("draft", schema="catalog")
    op.drop_table("record_version", schema="catalog")
