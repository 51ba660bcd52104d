"""The tables of people and of what they decide. The node may add to `administrative_act`, and change nothing of it."""

import sqlalchemy as sa

from sacbe_xroad_like.metadata import metadata

user_role = sa.Table(
    "user_role",
    metadata,
    sa.Column("email", sa.Text, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("institution", sa.Text, sa.ForeignKey("bus.member.identifier"), primary_key=True, index=True),
    sa.Column("given_by", sa.Text, nullable=False),
    sa.Column("given_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
"""A user is whoever has a role: without one, no key and no token of hers stays."""

invitation = sa.Table(
    "invitation",
    metadata,
    sa.Column("sha256", sa.LargeBinary, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, index=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("institution", sa.Text, sa.ForeignKey("bus.member.identifier"), nullable=False),
    sa.Column("invited_by", sa.Text, nullable=False),
    sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
)
"""Those that wait: one that is accepted, or over, is gone."""

user_key = sa.Table(
    "user_key",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.UniqueConstraint("email", "name", name="uq_user_key_email"),
)

user_token = sa.Table(
    "user_token",
    metadata,
    sa.Column("sha256", sa.LargeBinary, primary_key=True),
    sa.Column("email", sa.Text, nullable=False, index=True),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("user_key", sa.BigInteger, sa.ForeignKey("bus.user_key.id", ondelete="CASCADE"), index=True),
    sa.Column("dpop_key", sa.Text),
)
"""Bound to the key of a DPoP proof (its thumbprint), or in development to nothing."""

administrative_act = sa.Table(
    "administrative_act",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("members", sa.ARRAY(sa.Text), nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False, server_default=""),
)
"""`members` are those concerned, whose stewards and auditors may read it; `code` is the error's, if it came to one."""
