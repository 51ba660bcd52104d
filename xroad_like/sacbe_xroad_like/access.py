"""The life of an agreement: asked for by the consumer, approved or refused by the provider, revoked.

What is decided is in force at once in every process of the node. Nothing is deleted: who asked, who
decided, when and why stay readable, and whom it concerns is told (`notices`). Whether an agreement
allows a call is said by `agreement`.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Required, TypedDict, Unpack

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from sacbe_catalog.data_services import DataServices, StoredDescription
from sacbe_terms.descriptions import Description
from sacbe_terms.errors import DataServiceUnknown, PurposeMissing, RecordNotFound, RouteNotValid
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import approval_rule, approval_rules, groups, members, routes
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.approval_rule import ApprovalRule, Asked
from sacbe_xroad_like.approval_rules import Limits
from sacbe_xroad_like.group import GLOBAL, LOCAL, GroupId, Holder
from sacbe_xroad_like.groups import Members
from sacbe_xroad_like.notices import outbox
from sacbe_xroad_like.tables import agreement as agreements


class Terms(TypedDict, total=False):
    """What is agreed: why, under which norm, until which day, when it is looked at again, calls a day,
    which fields of the result, which methods and paths of a REST service.
    """

    purpose: Required[str]
    legal_basis: str
    until: date | None
    review_on: date | None
    per_day: int | None
    fields: tuple[str, ...]
    routes: tuple[str, ...]


async def request(
    engine: AsyncEngine,
    consumer: SubsystemId,
    service: DataServiceId | OperationId,
    *,
    by: str = "",
    **terms: Unpack[Terms],
) -> Agreement:
    """Ask for a right; it gives none before the provider approves, itself or by a rule. `by` is who asks.

    Raises PurposeMissing, MemberUnknown (the consumer), DataServiceUnknown and RouteNotValid.
    """
    known, asked = await _asked(engine, consumer, service, terms)
    async with engine.begin() as connection:
        inside = await groups.members_of(connection)
        of_rule = _as_rules_see_it(consumer, inside, known.description, asked)
        rule = await approval_rules.approving(connection, known.identifier, of_rule)
        decided = {} if rule is None else _decided(f"rule {rule.id}")
        return await _insert(connection, {**asked, **decided, "requested_by": by})


def _decided(by: str) -> dict[str, Any]:
    return {"is_approved": True, "decided_at": sa.func.now(), "decided_by": by}


def _as_rules_see_it(consumer: SubsystemId, inside: Members, description: Description, row: Mapping[str, Any]) -> Asked:
    code = row["operation_code"]
    return Asked(
        consumer=consumer,
        groups=frozenset(name for name, clients in inside.items() if consumer in clients),
        operation_code=code,
        is_personal=any(each.is_personal for each in description.operations if code in ("", each.code)),
        until=row.get("until"),
        per_day=row.get("per_day"),
        fields=tuple(row["fields"]),
        routes=tuple(row["routes"]),
    )


async def make_rule(
    engine: AsyncEngine, service: DataServiceId | OperationId, *, by: str = "", **limits: Unpack[Limits]
) -> ApprovalRule:
    """Approve, from now on, what asks for a data service or operation within these limits.

    Raises IdentifierNotValid for who it is for, GroupUnknown, DataServiceUnknown and RouteNotValid.
    """
    known = await _known(engine, service)
    who = approval_rule.who(limits["who"])
    if who.startswith((LOCAL, GLOBAL)):
        await groups.refuse_unfit(engine, GroupId.parse(who), known.identifier)
    row = {
        **limits,
        "who": who,
        "data_service": str(known.identifier),
        "operation_code": _code(service),
        "fields": list(limits.get("fields", ())),
        "routes": _routes(known, limits.get("routes", ())),
        "made_by": by,
    }
    return await approval_rules.insert(engine, row)


async def grant(
    engine: AsyncEngine,
    consumer: Holder,
    service: DataServiceId | OperationId,
    *,
    by: str = "",
    **terms: Unpack[Terms],
) -> Agreement:
    """Give a right to a client, or to all in a group, without being asked, as the provider may.

    Raises as `request`, and GroupUnknown.
    """
    _, asked = await _asked(engine, consumer, service, terms)
    async with engine.begin() as connection:
        return await _insert(connection, {**asked, **_decided(by), "requested_by": by})


async def approve(engine: AsyncEngine, agreement_id: int, *, by: str = "") -> Agreement:
    """Give the right that was asked for; raises RecordNotFound unless that request waits."""
    return await _decide(engine, agreement_id, {"is_approved": True, "decided_by": by})


async def refuse(engine: AsyncEngine, agreement_id: int, *, reason: str, by: str = "") -> Agreement:
    """Refuse what was asked for, in words that the consumer reads; raises RecordNotFound unless that request waits."""
    return await _decide(engine, agreement_id, {"is_approved": False, "reason": reason.strip(), "decided_by": by})


async def revoke(engine: AsyncEngine, agreement_id: int, *, by: str = "") -> Agreement:
    """Take a right back; raises RecordNotFound unless it was given and not yet taken back."""
    given = sa.and_(agreements.c.is_approved, agreements.c.revoked_at.is_(None))
    change = {"revoked_at": sa.func.now(), "revoked_by": by}
    return await _change(engine, agreement_id, given, change, "access right in force")


async def all_agreements(engine: AsyncEngine, *, consumer: Holder | None = None) -> tuple[Agreement, ...]:
    """Give every agreement ever asked for, whatever became of it, in the order of asking."""
    statement = sa.select(agreements).order_by(agreements.c.id)
    if consumer is not None:
        statement = statement.where(_column(consumer) == str(consumer))
    async with engine.connect() as connection:
        return tuple(from_row(row) for row in (await connection.execute(statement)).all())


async def holders(
    engine: AsyncEngine, service: DataServiceId, operation_codes: Iterable[str]
) -> frozenset[SubsystemId]:
    """Give the consumers that may call one of these operations of a data service now."""
    operations = [OperationId(service, code) for code in operation_codes]
    now = datetime.now(UTC)
    statement = sa.select(agreements).where(agreements.c.data_service == str(service))
    async with engine.connect() as connection:
        found = [from_row(row) for row in (await connection.execute(statement)).all()]
        inside = await groups.members_of(connection)
    held = [each for each in found if each.is_in_force(now) and any(map(each.covers, operations))]
    return frozenset(client for each in held for client in clients_of(each, inside))


def clients_of(agreement: Agreement, inside: Members) -> tuple[SubsystemId, ...]:
    """Give the clients that hold an agreement: one, or those in its group."""
    holder = agreement.consumer
    return (holder,) if isinstance(holder, SubsystemId) else inside.get(str(holder), ())


def _column(holder: Holder) -> sa.ColumnElement[str]:
    return agreements.c.consumer if isinstance(holder, SubsystemId) else agreements.c.client_group


async def _asked(
    engine: AsyncEngine, consumer: Holder, service: DataServiceId | OperationId, terms: Terms
) -> tuple[StoredDescription, dict[str, Any]]:
    """Give the service and the row of what is asked; raises unless it names what exists and says why."""
    purpose = terms["purpose"].strip()
    if not purpose:
        raise _purpose_not_stated(consumer, service)
    known = await _known(engine, service)
    if isinstance(consumer, SubsystemId):
        await members.subsystem(engine, consumer)
    else:
        await groups.refuse_unfit(engine, consumer, known.identifier)
    about = {"data_service": str(known.identifier), "operation_code": _code(service)}
    row = {_column(consumer).name: str(consumer), **about}
    narrowed = {"fields": list(terms.get("fields", ())), "routes": _routes(known, terms.get("routes", ()))}
    return known, {**row, **terms, "purpose": purpose, **narrowed}


def _code(service: DataServiceId | OperationId) -> str:
    return service.operation_code if isinstance(service, OperationId) else ""


def _routes(known: StoredDescription, texts: Iterable[str]) -> list[str]:
    asked = routes.read(texts)
    if asked and known.description.kind != routes.REST:
        raise RouteNotValid(
            what=f"{known.identifier} has no methods and paths: its system speaks no REST.",
            where=str(known.identifier),
            hint="Leave the routes out; a right to one operation names its code.",
        )
    return list(asked)


async def _insert(connection: AsyncConnection, row: dict[str, Any]) -> Agreement:
    made = await connection.execute(sa.insert(agreements).values(row).returning(agreements))
    await members.tell(connection, row["data_service"])
    return await _told(connection, made.one())


async def _told(connection: AsyncConnection, row: sa.Row[Any]) -> Agreement:
    """Read what an agreement has become, and have whom it concerns told."""
    agreement = from_row(row)
    clients = clients_of(agreement, await groups.members_of(connection))
    await outbox.agreement_changed(connection, agreement, clients)
    return agreement


async def _decide(engine: AsyncEngine, agreement_id: int, decision: dict[str, Any]) -> Agreement:
    waits = agreements.c.is_approved.is_(None)
    return await _change(
        engine, agreement_id, waits, {**decision, "decided_at": sa.func.now()}, "access request that waits"
    )


async def _change(
    engine: AsyncEngine, agreement_id: int, where: sa.ColumnElement[bool], values: dict[str, Any], kind: str
) -> Agreement:
    """Change one agreement if it is where it must be, and tell; one statement, so that two deciders never both do."""
    statement = sa.update(agreements).where(agreements.c.id == agreement_id, where).values(values)
    async with engine.begin() as connection:
        row = (await connection.execute(statement.returning(agreements))).first()
        if row is None:
            raise RecordNotFound(kind, str(agreement_id))
        await members.tell(connection, str(agreement_id))
        return await _told(connection, row)


def _purpose_not_stated(consumer: Holder, service: DataServiceId | OperationId) -> PurposeMissing:
    return PurposeMissing(
        what=f"A right of {consumer} to {service} needs a purpose.",
        where=str(service),
        hint='Say what the data are needed for, such as `--purpose "Trámite de licencia, art. 12"`.',
    )


async def _known(engine: AsyncEngine, service: DataServiceId | OperationId) -> StoredDescription:
    """Give the newest of what an agreement is about; raises DataServiceUnknown unless it is registered."""
    if isinstance(service, DataServiceId):
        return await DataServices(engine).newest(service)
    stored = await DataServices(engine).newest(service.service)
    if stored.description.operation(service.operation_code) is None:
        raise operation_unknown(service, [operation.code for operation in stored.description.operations])
    return stored


def operation_unknown(operation: OperationId, known: Iterable[str]) -> DataServiceUnknown:
    """Make the error for an operation that a known data service does not have."""
    return DataServiceUnknown(
        what=f"{operation.service} has no operation '{operation.operation_code}'.",
        where=str(operation),
        hint=f"It has: {', '.join(sorted(known))}.",
    )


def from_row(row: sa.Row[Any]) -> Agreement:
    """Read a row of the table."""
    columns = dict(row._mapping)
    client, group = columns.pop("consumer"), columns.pop("client_group")
    consumer = SubsystemId.parse(client) if group is None else GroupId.parse(group)
    data_service = DataServiceId.parse(columns.pop("data_service"))
    columns |= {"fields": tuple(columns["fields"]), "routes": tuple(columns["routes"])}
    return Agreement(consumer=consumer, data_service=data_service, **columns)
