"""People of institutions, their roles, invitations, keys and tokens; and the trail of administrative acts.

Revision ID: 0015_users
"""

import sqlalchemy as sa
from alembic import op

revision = "0015_users"
down_revision = "0011_person_access"
branch_labels = None
depends_on = None

SCHEMA = "bus"


def upgrade() -> None:
    """Make the tables; of the trail the node may write and read, and change nothing."""
    _people()
    _keys_and_tokens()
    _trail()


def downgrade() -> None:
    """Drop the tables."""
    for table in ("administrative_act", "user_token", "user_key", "invitation", "user_role"):
        op.drop_table(table, schema=SCHEMA)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def _institution() -> sa.Column[object]:
    return sa.Column("institution", sa.Text, sa.ForeignKey("bus.member.identifier"), nullable=False)


def _people() -> None:
    roles = "role in ('steward', 'editor', 'auditor', 'authority')"
    op.create_table(
        "user_role",
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        _institution(),
        sa.Column("given_by", sa.Text, nullable=False),
        _moment("given_at"),
        sa.PrimaryKeyConstraint("email", "role", "institution"),
        sa.CheckConstraint(roles, name="ck_user_role_role"),
        schema=SCHEMA,
    )
    op.create_index("ix_user_role_institution", "user_role", ["institution"], schema=SCHEMA)
    op.create_table(
        "invitation",
        sa.Column("sha256", sa.LargeBinary, primary_key=True),
        sa.Column("email", sa.Text, nullable=False, index=True),
        sa.Column("role", sa.Text, nullable=False),
        _institution(),
        sa.Column("invited_by", sa.Text, nullable=False),
        _moment("invited_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(roles, name="ck_invitation_role"),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, delete on bus.user_role, bus.invitation to sacbe_node")


def _keys_and_tokens() -> None:
    op.create_table(
        "user_key",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("public_key", sa.LargeBinary, nullable=False),
        _moment("added_at"),
        sa.UniqueConstraint("email", "name", name="uq_user_key_email"),
        schema=SCHEMA,
    )
    key = sa.ForeignKey("bus.user_key.id", ondelete="CASCADE", name="fk_user_token_user_key")
    op.create_table(
        "user_token",
        sa.Column("sha256", sa.LargeBinary, primary_key=True),
        sa.Column("email", sa.Text, nullable=False, index=True),
        _moment("made_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_key", sa.BigInteger, key, index=True),
        sa.Column("dpop_key", sa.Text),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, delete on bus.user_key, bus.user_token to sacbe_node")


def _trail() -> None:
    op.create_table(
        "administrative_act",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        _moment("at"),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("act", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("members", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False, server_default=""),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_administrative_act_members", "administrative_act", ["members"], schema=SCHEMA, postgresql_using="gin"
    )
    op.execute("grant select, insert on bus.administrative_act to sacbe_node")
