"""The tables of notices: what was told, the letters made of it, who gets some, and what she chose.

`once` keeps what is found again and again, such as a day that comes near, from being told twice.
`addressed_at` is null until a notice has its letters. A letter goes to one recipient and holds one notice or
several; as a digest it is open, and takes further ones, until its time. While it waits, `next_at` is when it
may be taken up: a process that takes it puts that into the future first, and whoever died lets go of it so.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from sacbe_xroad_like.metadata import metadata

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("member", sa.Text, nullable=False),
    sa.Column("facts", JSONB, nullable=False),
    sa.Column("once", sa.Text, unique=True),
    sa.Column("told_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("addressed_at", sa.DateTime(timezone=True)),
    sa.Index("ix_notice_unaddressed", "id", postgresql_where=sa.text("addressed_at is null")),
)

recipient = sa.Table(
    "notice_recipient",
    metadata,
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),
    sa.Column("delivery", sa.Text, nullable=False, server_default="at-once"),
    sa.Column("language", sa.Text, nullable=False, server_default="es"),
    sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
"""It stays when her roles end: what she chose holds when she comes back. Links name her by `number`."""

letter = sa.Table(
    "notice_letter",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("message_id", sa.Text, nullable=False, unique=True),
    sa.Column("email", sa.Text, sa.ForeignKey("bus.notice_recipient.email"), nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("answer", sa.Text, nullable=False, server_default=""),
    sa.Index("ix_notice_letter_waiting", "next_at", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index("uq_notice_letter_open", "email", unique=True, postgresql_where=sa.text("is_open")),
)
"""`begun_at`: since when it is tried. `answer`: what the mail server, or the network, said last."""

letter_notice = sa.Table(
    "notice_in_letter",
    metadata,
    sa.Column("letter", sa.BigInteger, sa.ForeignKey("bus.notice_letter.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "notice", sa.BigInteger, sa.ForeignKey("bus.notice.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
)

look = sa.Table(
    "notice_look",
    metadata,
    sa.Column("looked_at", sa.DateTime(timezone=True), primary_key=True),
)
"""One row: when a process of the node last looked for what time brings (`looking`)."""
