"""Notices: the outbox, the letters made of it, and what recipients chose.

Revision ID: 0020_notices
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0020_notices"
down_revision = "0019_approval_rules"
branch_labels = None
depends_on = None

SCHEMA = "bus"
TABLES = ("notice_look", "notice_in_letter", "notice_letter", "notice_recipient", "notice")


def upgrade() -> None:
    """Make the tables and the node's rights on them."""
    _notices()
    _recipients()
    _letters()
    op.create_table("notice_look", sa.Column("looked_at", sa.DateTime(timezone=True), primary_key=True), schema=SCHEMA)
    op.execute("insert into bus.notice_look values ('-infinity')")
    names = ", ".join(f"{SCHEMA}.{table}" for table in TABLES)
    op.execute(f"grant select, insert, update, delete on {names} to sacbe_node")


def downgrade() -> None:
    """Drop the tables."""
    for table in TABLES:
        op.drop_table(table, schema=SCHEMA)


def _moment(name: str, *, is_now: bool = False) -> sa.Column[object]:
    default = sa.func.now() if is_now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=default)


def _number(name: str = "id") -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger, sa.Identity(always=True), nullable=False, primary_key=name == "id")


def _notices() -> None:
    op.create_table(
        "notice",
        _number(),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("member", sa.Text, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("once", sa.Text, unique=True),
        _moment("told_at", is_now=True),
        sa.Column("addressed_at", sa.DateTime(timezone=True)),
        schema=SCHEMA,
    )
    unaddressed = sa.text("addressed_at is null")
    op.create_index("ix_notice_unaddressed", "notice", ["id"], schema=SCHEMA, postgresql_where=unaddressed)


def _recipients() -> None:
    op.create_table(
        "notice_recipient",
        sa.Column("email", sa.Text, primary_key=True),
        _number("number"),
        sa.Column("delivery", sa.Text, nullable=False, server_default="at-once"),
        sa.Column("language", sa.Text, nullable=False, server_default="es"),
        _moment("chosen_at", is_now=True),
        sa.UniqueConstraint("number"),
        sa.CheckConstraint("delivery in ('at-once', 'daily', 'none')", name="ck_notice_recipient_delivery"),
        schema=SCHEMA,
    )


def _letters() -> None:
    op.create_table(
        "notice_letter",
        _number(),
        sa.Column("message_id", sa.Text, nullable=False, unique=True),
        sa.Column("email", sa.Text, sa.ForeignKey("bus.notice_recipient.email"), nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        _moment("begun_at"),
        _moment("next_at"),
        sa.Column("answer", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint("state in ('waiting', 'sent', 'failed', 'withdrawn')", name="ck_notice_letter_state"),
        schema=SCHEMA,
    )
    waiting, is_open = sa.text("state = 'waiting'"), sa.text("is_open")
    op.create_index("ix_notice_letter_waiting", "notice_letter", ["next_at"], schema=SCHEMA, postgresql_where=waiting)
    op.create_index(
        "uq_notice_letter_open", "notice_letter", ["email"], unique=True, schema=SCHEMA, postgresql_where=is_open
    )
    op.create_table(
        "notice_in_letter",
        sa.Column("letter", sa.BigInteger, sa.ForeignKey("bus.notice_letter.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("notice", sa.BigInteger, sa.ForeignKey("bus.notice.id", ondelete="CASCADE"), primary_key=True),
        schema=SCHEMA,
    )
    op.create_index("ix_notice_in_letter_notice", "notice_in_letter", ["notice"], schema=SCHEMA)
