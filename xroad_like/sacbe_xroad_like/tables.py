"""The bus's tables: who takes part, who may ask what and why, and the message log.

Identifiers are stored in their printed form. `message_log`, `log_leaf` and `log_checkpoint` have
neither foreign keys nor triggers, and the node may only insert and select: their truth is
proved by the tree and its signed checkpoints, not guarded by the database, whose owner could
switch every guard off.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from sacbe_xroad_like.metadata import metadata

member = sa.Table(
    "member",
    metadata,
    sa.Column("identifier", sa.Text, primary_key=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

subsystem = sa.Table(
    "subsystem",
    metadata,
    sa.Column("identifier", sa.Text, primary_key=True),
    sa.Column("member", sa.Text, sa.ForeignKey("bus.member.identifier"), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("alias", sa.Text, unique=True),
    sa.Column("connection", sa.Text),
    sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

client_key = sa.Table(
    "client_key",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("subsystem", sa.Text, sa.ForeignKey("bus.subsystem.identifier"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("certificate", sa.LargeBinary),
    sa.Column("begins", sa.DateTime(timezone=True)),
    sa.Column("ends", sa.DateTime(timezone=True)),
    sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.UniqueConstraint("subsystem", "name", "certificate", name="uq_client_key_content"),
)

client_group = sa.Table(
    "client_group",
    metadata,
    sa.Column("identifier", sa.Text, primary_key=True),
    sa.Column("provider", sa.Text, sa.ForeignKey("bus.subsystem.identifier")),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
"""`provider` is null for a global group."""

client_group_member = sa.Table(
    "client_group_member",
    metadata,
    sa.Column("client_group", sa.Text, sa.ForeignKey("bus.client_group.identifier"), primary_key=True),
    sa.Column("client", sa.Text, sa.ForeignKey("bus.subsystem.identifier"), primary_key=True, index=True),
    sa.Column("added_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)

agreement = sa.Table(
    "agreement",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("consumer", sa.Text, sa.ForeignKey("bus.subsystem.identifier")),
    sa.Column("client_group", sa.Text, sa.ForeignKey("bus.client_group.identifier")),
    sa.Column("data_service", sa.Text, nullable=False),
    sa.Column("operation_code", sa.Text, nullable=False, server_default=""),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("legal_basis", sa.Text, nullable=False, server_default=""),
    sa.Column("until", sa.Date),
    sa.Column("review_on", sa.Date),
    sa.Column("per_day", sa.Integer),
    sa.Column("fields", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("routes", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("requested_by", sa.Text, nullable=False, server_default=""),
    sa.Column("is_approved", sa.Boolean),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
    sa.Column("revoked_at", sa.DateTime(timezone=True)),
    sa.Column("revoked_by", sa.Text, nullable=False, server_default=""),
)
"""It is held by a client or by a group. `is_approved` and `decided_at` are null while the provider has not decided."""

approval_rule = sa.Table(
    "approval_rule",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("data_service", sa.Text, nullable=False, index=True),
    sa.Column("operation_code", sa.Text, nullable=False, server_default=""),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("fields", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("routes", sa.ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("days_max", sa.Integer, nullable=False),
    sa.Column("per_day_max", sa.Integer),
    sa.Column("allows_personal", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("made_by", sa.Text, nullable=False, server_default=""),
    sa.Column("ended_at", sa.DateTime(timezone=True)),
    sa.Column("ended_by", sa.Text, nullable=False, server_default=""),
)

quota_use = sa.Table(
    "quota_use",
    metadata,
    sa.Column("agreement", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Column("leased", sa.Integer, nullable=False),
)
"""`used` holds what processes have leased; `leased` is the size of the last lease."""

access_token = sa.Table(
    "access_token",
    metadata,
    sa.Column("sha256", sa.LargeBinary, primary_key=True),
    sa.Column("subsystem", sa.Text, sa.ForeignKey("bus.subsystem.identifier"), nullable=False),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("client_key", sa.BigInteger, sa.ForeignKey("bus.client_key.id", ondelete="CASCADE"), index=True),
    sa.Column("dpop_key", sa.Text),
    sa.Column("certificate_sha256", sa.LargeBinary),
    sa.Column("user_id", sa.Text, nullable=False, server_default=""),
    sa.Column("issue", sa.Text, nullable=False, server_default=""),
    sa.Column("any_purpose", sa.Boolean, nullable=False, server_default=sa.false()),
)
"""Bound to the key of a DPoP proof (its thumbprint), to a TLS certificate, or in development to nothing."""

used_once = sa.Table(
    "used_once",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False, index=True),
)

credential = sa.Table(
    "credential",
    metadata,
    sa.Column("data_service", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("locked", sa.LargeBinary, nullable=False),
    sa.Column("set_by", sa.Text, nullable=False),
    sa.Column("set_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
)
"""`locked` is what `vault` made of it; `name` is unique in its data service."""

link = sa.Table(
    "link",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("data_service", sa.Text, nullable=False),
    sa.Column("type_name", sa.Text, nullable=False),
    sa.Column("field", sa.Text, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("arguments", JSONB, nullable=False),
    sa.Column("batch", JSONB(none_as_null=True)),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("made_by", sa.Text, nullable=False, server_default=""),
    sa.UniqueConstraint("data_service", "type_name", "field", name="uq_link_field"),
)
"""Fields of one institution's records that another institution's operation gives."""

supply = sa.Table(
    "supply",
    metadata,
    sa.Column("evidence", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text, primary_key=True),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("made_by", sa.Text, nullable=False, server_default=""),
)
"""Operations that give what an evidence of the catalogue shows; the catalogue's schema is another, so no key binds."""

message_log = sa.Table(
    "message_log",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("transaction_id", sa.BigInteger, nullable=False, index=True),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("direction", sa.Text, nullable=False),
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary),
    sa.Column("body_sha256", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("certificate_sha256", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("request_id", "direction"),
    sa.Index("ix_message_log_message_id", "message_id"),
)
"""`body` is null where it was larger than the log takes; its digest is there and signed."""

message_claim = sa.Table(
    "message_claim",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("request_id", sa.Uuid, nullable=False),
    sa.Column("content_sha256", sa.LargeBinary, nullable=False),
    sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
)
"""Ids that consumers chose, for a day: which request each one names."""

log_leaf = sa.Table(
    "log_leaf",
    metadata,
    sa.Column("leaf_index", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("entry_id", sa.BigInteger, nullable=False, unique=True),
    sa.Column("subtrees", sa.LargeBinary, nullable=False),
)
"""`subtrees`: the leaf's hash, then the roots of all larger complete subtrees that it completes."""

log_checkpoint = sa.Table(
    "log_checkpoint",
    metadata,
    sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("note", sa.Text, nullable=False),
)

operational_record = sa.Table(
    "operational_record",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now(), index=True),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("service_code", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
    sa.Column("request_size", sa.BigInteger, nullable=False),
    sa.Column("request_id", sa.Uuid),
    sa.Column("operation_code", sa.Text, nullable=False),
    sa.Column("service_version", sa.Text, nullable=False),
    sa.Column("service_type", sa.Text, nullable=False),
    sa.Column("rest_method", sa.Text, nullable=False),
    sa.Column("rest_path", sa.Text, nullable=False),
    sa.Column("represented_party", sa.Text, nullable=False),
    sa.Column("user_id", sa.Text, nullable=False),
    sa.Column("issue", sa.Text, nullable=False),
    sa.Column("protocol_version", sa.Text, nullable=False),
    sa.Column("succeeded", sa.Boolean, nullable=False),
    sa.Column("fault_code", sa.Text, nullable=False),
    sa.Column("status_code", sa.Integer),
    sa.Column("response_size", sa.BigInteger, nullable=False),
    sa.Column("request_in_ts", sa.BigInteger, nullable=False),
    sa.Column("request_out_ts", sa.BigInteger),
    sa.Column("response_in_ts", sa.BigInteger),
    sa.Column("response_out_ts", sa.BigInteger, nullable=False),
    sa.Column("access_seconds", sa.Double, nullable=False),
    sa.Column("sign_seconds", sa.Double, nullable=False),
    sa.Column("call_seconds", sa.Double, nullable=False),
    sa.Column("log_seconds", sa.Double, nullable=False),
)
"""Statistics, kept for a while: no content of a message, and a path only as its pattern."""

person_access = sa.Table(
    "person_access",
    metadata,
    sa.Column("person", sa.LargeBinary, primary_key=True),
    sa.Column("request_id", sa.Uuid, primary_key=True),
    sa.Column("accessed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("consumer", sa.Text, nullable=False),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("agreement", sa.BigInteger, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False),
)
"""`person` is what `person_accesses` makes of a number; the purpose is as it was agreed at that time."""

sample = sa.Table(
    "sample",
    metadata,
    sa.Column("data_service", sa.Text, primary_key=True),
    sa.Column("operation_code", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    sa.Column("recorded_by", sa.Text, nullable=False, server_default=""),
)
"""`value` is JSON as it was written: jsonb would bring the names into another order."""
