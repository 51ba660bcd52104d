"""Translation, which X-Road refuses: JSON in and out over any provider, whatever its system speaks.

    POST /t1/{instance}/{class}/{member}/{subsystem}/{dataService}/{operation}    arguments as one object
    GET  /t1/{instance}/{class}/{member}/{subsystem}/{dataService}                its OpenAPI 3.1 document

It stands beside X-Road's wire and changes nothing of it. What is asked is a plan of one call, so that
rights, signatures, log and exactly-once are those of the GraphQL door.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec

from sacbe_terms.errors import IdentifierNotValid, MethodNotAllowed, NotAuthenticated, RequestNotReadable, SacbeError
from sacbe_terms.exchange import Consumer, Outcome, Plan, PlannedCall
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import messages, openapi_document
from sacbe_xroad_like.admission import data_service_unknown
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.messages import JSON, TRANSLATION
from sacbe_xroad_like.relay import TakeBody
from sacbe_xroad_like.wire.error_body import WireAnswer

OPERATION_PARTS = 6
"""How many parts an operation's identifier has; a data service's has one less."""


Doubts = Callable[[SubsystemId], str]
"""Says why the connection is not believed to be a client's; empty where it is."""


async def answer(
    bus: Bus, doubts: Doubts, method: str, path: str, headers: Mapping[str, str], take: TakeBody
) -> WireAnswer:
    """Answer a request below `/t1/`; every error is an answer too, as JSON with its own status.

    The body is taken once it is known who calls, and that it may be asked; raises ClientGone.
    """
    try:
        named = path.removeprefix(TRANSLATION)
        if method == "GET" and named.count("/") < OPERATION_PARTS - 1:
            return _document(bus, DataServiceId.parse(named))
        if method != "POST":
            raise MethodNotAllowed(what=f"{method} cannot be answered here.", where=method, hint="Use POST.")
        call, consumer = _call(OperationId.parse(named)), _consumer(headers, doubts)
        bus.refuse_without_right(call, consumer=consumer)
        outcome = await _carried(bus, replace(call, arguments=await _arguments(bus, take)), consumer)
        return _told(outcome.error) if outcome.error is not None else _answered(outcome)
    except SacbeError as error:
        return _told(error)


def _document(bus: Bus, identifier: DataServiceId) -> WireAnswer:
    service = bus.registry.data_services.get(identifier)
    if service is None:
        raise data_service_unknown(identifier)
    return _json(200, msgspec.json.encode(openapi_document.document(identifier, service.description)))


def _call(operation: OperationId) -> PlannedCall:
    return PlannedCall(
        paths=(operation.operation_code,),
        service=operation.service,
        operation_code=operation.operation_code,
        arguments={},
    )


async def _carried(bus: Bus, call: PlannedCall, consumer: Consumer) -> Outcome:
    (outcome,) = await bus.carry(Plan(calls=(call,), is_changing=_changes(bus, call)), consumer=consumer)
    return outcome


def _changes(bus: Bus, call: PlannedCall) -> bool:
    """Say whether a call changes something; an operation that is not there is refused by the bus itself."""
    service = bus.registry.data_services.get(call.service)
    offered = service.operations.get(call.operation_code) if service is not None else None
    return offered is not None and not offered.operation.reads


def _consumer(headers: Mapping[str, str], doubts: Doubts) -> Consumer:
    try:
        subsystem = SubsystemId.parse(headers.get("x-road-client", ""))
    except IdentifierNotValid as error:
        raise RequestNotReadable(
            what="The header X-Road-Client is missing or names nobody.",
            where="X-Road-Client",
            hint="Send your subsystem's identifier, such as GT/GOV/1001/ventanilla.",
        ) from error
    reason = doubts(subsystem)
    if reason:
        raise NotAuthenticated(
            what=f"It is not known that {subsystem} calls: {reason}.",
            where="X-Road-Client",
            hint="Connect with TLS and a certificate that is registered for this client (`sacbe client add`).",
        )
    return Consumer(
        subsystem=subsystem,
        user_id=headers.get("x-road-userid", ""),
        issue=headers.get("x-road-issue", ""),
        purpose=headers.get("sacbe-purpose", ""),
        message_id=headers.get("x-road-id", ""),
    )


async def _arguments(bus: Bus, take: TakeBody) -> dict[str, object]:
    body = await take()
    return {} if body is None else await bus.relay.spool.whole(body.size, body.read, _read)


def _read(body: bytes) -> dict[str, object]:
    try:
        return msgspec.json.decode(body or b"{}", type=dict[str, object])
    except msgspec.MsgspecError as error:
        raise RequestNotReadable(
            what=f"The body is not a JSON object of arguments: {error}.",
            where="body",
            hint="Send the operation's arguments as one JSON object.",
        ) from error


def _answered(outcome: Outcome) -> WireAnswer:
    told = [("x-road-id", outcome.message_id)]
    if outcome.problems:
        told.append(("sacbe-problems", str(len(outcome.problems))))
    return _json(200, messages.result_body(outcome.body, outcome.problems), *told)


def _told(error: SacbeError) -> WireAnswer:
    """Tell an error as it is recorded, with its hint, under the status that HTTP has for it."""
    content = {**msgspec.json.decode(messages.error_body(error)), "hint": error.hint, "docs": error.docs}
    if error.problems:
        content["problems"] = [str(problem) for problem in error.problems]
    return _json(error.status, msgspec.json.encode(content), ("x-road-error", error.code))


def _json(status: int, body: bytes, *headers: tuple[str, str]) -> WireAnswer:
    return WireAnswer(status, (("content-type", JSON), *headers), body)
