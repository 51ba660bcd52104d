"""Groups of clients, which may hold rights.

Revision ID: 0018_groups
"""

import sqlalchemy as sa
from alembic import op

revision = "0018_groups"
down_revision = "0017_routes"
branch_labels = None
depends_on = None

SCHEMA = "bus"
ONE_HOLDER = "ck_agreement_one_holder"


def upgrade() -> None:
    """Make the tables, and let an agreement be held by a group in place of a client."""
    _groups()
    group: sa.Column[str] = sa.Column(
        "client_group", sa.Text, sa.ForeignKey("bus.client_group.identifier", name="fk_agreement_client_group")
    )
    op.add_column("agreement", group, schema=SCHEMA)
    op.alter_column("agreement", "consumer", nullable=True, schema=SCHEMA)
    op.create_check_constraint(ONE_HOLDER, "agreement", "num_nonnulls(consumer, client_group) = 1", schema=SCHEMA)
    op.execute("grant select, insert, update on bus.client_group to sacbe_node")
    op.execute("grant select, insert, delete on bus.client_group_member to sacbe_node")


def downgrade() -> None:
    """Drop the tables, with the agreements that groups hold: nobody held them by herself."""
    op.execute("delete from bus.agreement where client_group is not null")
    op.drop_constraint(ONE_HOLDER, "agreement", schema=SCHEMA)
    op.drop_column("agreement", "client_group", schema=SCHEMA)
    op.alter_column("agreement", "consumer", nullable=False, schema=SCHEMA)
    for table in ("client_group_member", "client_group"):
        op.drop_table(table, schema=SCHEMA)


def _added_at() -> sa.Column[object]:
    return sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def _groups() -> None:
    op.create_table(
        "client_group",
        sa.Column("identifier", sa.Text, primary_key=True),
        sa.Column("provider", sa.Text, sa.ForeignKey("bus.subsystem.identifier")),
        sa.Column("title", sa.Text, nullable=False),
        _added_at(),
        schema=SCHEMA,
    )
    op.create_table(
        "client_group_member",
        sa.Column("client_group", sa.Text, sa.ForeignKey("bus.client_group.identifier"), primary_key=True),
        sa.Column("client", sa.Text, sa.ForeignKey("bus.subsystem.identifier"), primary_key=True, index=True),
        _added_at(),
        schema=SCHEMA,
    )
