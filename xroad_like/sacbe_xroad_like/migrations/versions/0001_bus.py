"""Members, access rights, tokens, and the message log with its tree.

Revision ID: 0001_bus
"""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0001_bus"
down_revision = None
branch_labels = ("bus",)
depends_on = None

SCHEMA = "bus"

APPEND_ONLY = ("message_log", "log_leaf", "log_checkpoint")
"""The node may add to these and read them, no more."""


def upgrade() -> None:
    """Make the schema, its tables and the node's rights."""
    op.execute(sa.schema.CreateSchema(SCHEMA, if_not_exists=True))
    _role()
    _participants()
    _access()
    _message_log()
    _tree()
    _rights()


def _role() -> None:
    """Make the node's role if no other room has; the owner must be able to take it on."""
    op.execute(
        """
        do $$ begin
            if not exists (select from pg_roles where rolname = 'sacbe_node') then
                create role sacbe_node nologin;
            end if;
        exception when duplicate_object or unique_violation then
            null; -- two databases of one server migrate at once
        end $$
        """
    )
    op.execute(
        """
        do $$ begin
            if not (select rolsuper from pg_roles where rolname = current_user) then
                execute format('grant sacbe_node to %I', current_user);
            end if;
        end $$
        """
    )


def _participants() -> None:
    op.create_table(
        "member",
        sa.Column("identifier", sa.Text, primary_key=True),
        sa.Column("title", sa.Text, nullable=False),
        _now("added_at"),
        schema=SCHEMA,
    )
    op.create_table(
        "subsystem",
        sa.Column("identifier", sa.Text, primary_key=True),
        sa.Column("member", sa.Text, sa.ForeignKey("bus.member.identifier"), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("alias", sa.Text, unique=True),
        _now("added_at"),
        schema=SCHEMA,
    )


def _access() -> None:
    op.create_table(
        "access_right",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("consumer", sa.Text, sa.ForeignKey("bus.subsystem.identifier"), nullable=False, index=True),
        sa.Column("data_service", sa.Text, nullable=False),
        sa.Column("operation_code", sa.Text, nullable=False, server_default=""),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("until", sa.Date),
        sa.Column("per_day", sa.Integer),
        _now("granted_at"),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("purpose ~ '\\S'", name="ck_access_right_purpose"),
        sa.CheckConstraint("per_day > 0", name="ck_access_right_per_day"),
        schema=SCHEMA,
    )
    op.create_table(
        "access_token",
        sa.Column("sha256", sa.LargeBinary, primary_key=True),
        sa.Column("subsystem", sa.Text, sa.ForeignKey("bus.subsystem.identifier"), nullable=False),
        _now("made_at"),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        schema=SCHEMA,
    )


def _message_log() -> None:
    """The transaction's id is kept so that the sealer knows below which one nothing more can appear."""
    op.execute(
        """
        create table bus.message_log (
            id bigint generated always as identity primary key,
            transaction_id bigint not null default (pg_current_xact_id()::text::bigint),
            message_id text not null,
            direction text not null check (direction in ('request', 'reply')),
            consumer text not null,
            operation text not null,
            request_id uuid not null,
            recorded_at timestamptz not null,
            head bytea not null,
            body bytea,
            body_sha256 bytea not null,
            signature bytea not null,
            certificate_sha256 bytea not null,
            constraint uq_message_log_message_id unique (message_id, consumer, direction)
        )
        """
    )
    op.execute("create index ix_message_log_transaction_id on bus.message_log (transaction_id)")
    # Signatures and bodies do not compress well enough to be worth the time at each append.
    for column in ("head", "body", "signature"):
        op.execute(f"alter table bus.message_log alter column {column} set storage external")


def _tree() -> None:
    op.create_table(
        "log_leaf",
        sa.Column("leaf_index", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("entry_id", sa.BigInteger, nullable=False, unique=True),
        sa.Column("subtrees", sa.LargeBinary, nullable=False),
        schema=SCHEMA,
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("note", sa.Text, nullable=False),
        schema=SCHEMA,
    )


def _rights() -> None:
    op.execute("grant usage on schema bus to sacbe_node")
    op.execute("grant select, insert, update on bus.member, bus.subsystem, bus.access_right to sacbe_node")
    op.execute("grant select, insert, delete on bus.access_token to sacbe_node")
    for table in APPEND_ONLY:
        op.execute(f"grant select, insert on bus.{table} to sacbe_node")
        op.execute(f"revoke update, delete, truncate on bus.{table} from sacbe_node, public")


def _now(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def downgrade() -> None:
    """Drop the tables; the role may be of use to other rooms."""
    for table in (*APPEND_ONLY, "access_token", "access_right", "subsystem", "member"):
        op.drop_table(table, schema=SCHEMA)
