"""Tables of data services: what is offered to machines, with every version of its description.

A version is never changed once written; `data_service.published_version` says which one is, or
was last, in force. No foreign key leads out of the room: a provider is a name.
"""

import sqlalchemy as sa

from sacbe_catalog.metadata import metadata

data_service = sa.Table(
    "data_service",
    metadata,
    sa.Column("identifier", sa.Text, primary_key=True),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("published_version", sa.Integer),
    sa.Column("published_at", sa.DateTime(timezone=True)),
    sa.Column("search_text", sa.Text, nullable=False),
)

description = sa.Table(
    "description",
    metadata,
    sa.Column("data_service", sa.Text, sa.ForeignKey("catalog.data_service.identifier"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("choices", sa.Text, nullable=False),
    sa.Column("endpoint_address", sa.Text, nullable=False),
    sa.Column("call_seconds_max", sa.Double, nullable=False),
    sa.Column("reply_bytes_max", sa.BigInteger, nullable=False),
    sa.Column("is_lenient", sa.Boolean, nullable=False),
    sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

description_document = sa.Table(
    "description_document",
    metadata,
    sa.Column("data_service", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("location", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.ForeignKeyConstraint(
        ["data_service", "version"], ["catalog.description.data_service", "catalog.description.version"]
    ),
)
