"""Data services, their descriptions in every version, and the documents these were read from.

Revision ID: 0002_data_services
"""

import sqlalchemy as sa
from alembic import op

revision = "0002_data_services"
down_revision = "0001_catalogue"
branch_labels = None
depends_on = None

SCHEMA = "catalog"


def upgrade() -> None:
    """Make the tables, and let the node add versions but never change one."""
    _data_service()
    _description()
    op.create_table(
        "description_document",
        sa.Column("data_service", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("location", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["data_service", "version"], [f"{SCHEMA}.description.data_service", f"{SCHEMA}.description.version"]
        ),
        schema=SCHEMA,
    )
    op.execute("grant select, insert, update on catalog.data_service to sacbe_node")
    op.execute("grant select, insert on catalog.description, catalog.description_document to sacbe_node")


def _data_service() -> None:
    op.create_table(
        "data_service",
        sa.Column("identifier", sa.Text, primary_key=True),
        sa.Column("provider", sa.Text, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("published_version", sa.Integer),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.CheckConstraint("state in ('draft', 'published', 'suspended')", name="ck_data_service_state"),
        schema=SCHEMA,
    )


def _description() -> None:
    op.create_table(
        "description",
        sa.Column("data_service", sa.Text, sa.ForeignKey(f"{SCHEMA}.data_service.identifier"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("endpoint_address", sa.Text, nullable=False),
        sa.Column("call_seconds_max", sa.Double, nullable=False),
        sa.Column("reply_bytes_max", sa.BigInteger, nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=SCHEMA,
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("description_document", "description", "data_service"):
        op.drop_table(table, schema=SCHEMA)
