"""Whether a message of X-Road's wire may pass: every refusal, in the order of the shipped server. Pure.

Who asks is registered, the provider is, the service exists and is of the asked type, a right covers
it, it is not suspended. A SOAP service's code is an operation's; a REST service's is the data
service's, and rights may then be about single endpoints (PR-MESS, PR-REST; DM-SS, ACCESSRIGHT).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sacbe_terms.descriptions import Description, Operation
from sacbe_terms.errors import AccessError, HeaderMissing
from sacbe_terms.identifiers import DataServiceId, OperationId, SubsystemId
from sacbe_xroad_like import agreement, personal, routes
from sacbe_xroad_like.agreement import Agreement
from sacbe_xroad_like.persons_on_wire import Marked
from sacbe_xroad_like.registry import SOAP, OfferedOperation, PublishedDataService, Registry
from sacbe_xroad_like.routes import REST
from sacbe_xroad_like.wire import path_rules
from sacbe_xroad_like.wire.fault import Origin, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestRequest
from sacbe_xroad_like.wire.soap_message import ServiceName, SoapMessage

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
"""Methods that only ask (RFC 9110, section 9.2.1)."""

NO_ROUTE = ""
"""The method and the path of a SOAP message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A message that may pass: from whom, to what, by which right. `name` is the service's printed identifier."""

    consumer: SubsystemId
    service: PublishedDataService
    name: str
    agreement: Agreement
    reads: bool
    marked: Marked | None
    """Whom it is about, where the steward marked that."""
    speaks_xroad: bool = True
    """Whether its system repeats X-Road's SOAP header by itself."""

    @property
    def provider(self) -> SubsystemId:
        """Whose system it goes to."""
        return self.service.identifier.subsystem


def refuse_unknown(registry: Registry, client: SubsystemId, provider: SubsystemId) -> None:
    """Raise XRoadFault UnknownMember unless both are registered."""
    if client not in registry.subsystems:
        raise XRoadFault(Origin.CONSUMER_SIDE, "UnknownMember", f"Client '{client}' not found")
    if provider not in registry.subsystems:
        raise XRoadFault(Origin.CONSUMER_SIDE, "UnknownMember", f"Could not find the service provider '{provider}'")


def admit_rest(registry: Registry, request: RestRequest, at: datetime) -> Admitted:
    """Admit a request of the REST protocol; raises XRoadFault."""
    refuse_unknown(registry, request.client, request.service.subsystem)
    _refuse_suspended(registry, request.client, request.service)
    service = _rest_service(registry, request.service)
    path = path_rules.normalized(request.path)
    rights = registry.agreements.get((request.client, request.service), ()) if path is not None else ()
    agreed = _chosen(
        rights,
        request.client,
        request.service,
        at,
        purpose=request.purpose,
        reaches=lambda right: reaches_route(right, service, request.method, path or ""),
    )
    operations = _asked(service.description, request.method, path or "")
    if any(operation.is_personal for operation in operations):
        _refuse_unstated(request.issue, request.user_id, str(request.service))
    return Admitted(
        consumer=request.client,
        service=service,
        name=str(request.service),
        agreement=agreed,
        reads=request.method in SAFE_METHODS,
        marked=Marked.of(service.description, operations),
    )


def admit_soap(registry: Registry, message: SoapMessage, at: datetime) -> Admitted:
    """Admit a message of the SOAP protocol; raises XRoadFault."""
    refuse_unknown(registry, message.client, message.service.provider)
    _refuse_suspended(registry, message.client, DataServiceId(message.service.provider, message.service.code))
    service, offered = _soap_service(registry, message.service)
    rights = registry.agreements.get((message.client, service.identifier), ())
    covering = [right for right in rights if right.covers(offered.identifier)]
    agreed = _chosen(
        covering, message.client, offered.identifier, at, reaches=lambda right: right.reaches(NO_ROUTE, NO_ROUTE)
    )
    if offered.operation.is_personal:
        _refuse_unstated(message.issue, message.user_id, offered.name)
    return Admitted(
        consumer=message.client,
        service=service,
        name=str(DataServiceId(message.service.provider, message.service.code)),
        agreement=agreed,
        reads=offered.operation.reads,
        marked=Marked.of(service.description, [offered.operation]),
        speaks_xroad=offered.operation.speaks_xroad,
    )


def _refuse_suspended(registry: Registry, client: SubsystemId, asked: DataServiceId) -> None:
    """Raise XRoadFault ServiceDisabled for a suspended service, to a client that holds a right to it."""
    for identifier, description in registry.suspended.items():
        is_rest = description.kind == REST and identifier == asked
        is_soap = description.kind == SOAP and identifier.subsystem == asked.subsystem
        is_asked = is_rest or (is_soap and description.operation(asked.service_code) is not None)
        if is_asked and registry.in_force(client, identifier):
            raise XRoadFault(Origin.PROVIDER_SIDE, "ServiceDisabled", f"Service is disabled: SERVICE:{asked}")


def _rest_service(registry: Registry, asked: DataServiceId) -> PublishedDataService:
    service = registry.data_services.get(asked)
    if service is not None and service.description.kind == REST:
        return service
    if service is not None or (asked.subsystem, asked.service_code) in registry.soap_services:
        raise XRoadFault(Origin.PROVIDER_SIDE, "ServiceType", f"Service is not a REST service: SERVICE:{asked}")
    raise _unknown(f"SERVICE:{asked}")


def _soap_service(registry: Registry, asked: ServiceName) -> tuple[PublishedDataService, OfferedOperation]:
    found = registry.soap_services.get((asked.provider, asked.code))
    if found is not None:
        return found
    if DataServiceId(asked.provider, asked.code) in registry.data_services:
        raise XRoadFault(Origin.PROVIDER_SIDE, "ServiceType", f"Service is not a SOAP service: {asked}")
    raise _unknown(str(asked))


def reaches_route(right: Agreement, service: PublishedDataService, method: str, path: str) -> bool:
    """Say whether a right goes as far as a method and a path: by its routes, and by its operation if it has one.

    `path` is normalized, or an operation's own glob.
    """
    if not right.reaches(method, path):
        return False
    if not right.operation_code:
        return True
    operation = service.description.operation(right.operation_code)
    return operation is not None and _is_of(operation, method, path)


def _is_of(operation: Operation, method: str, path: str) -> bool:
    return operation.method == method and path_rules.matches(routes.path_glob(operation), path)


def _asked(description: Description, method: str, path: str) -> Sequence[Operation]:
    """Give the operations that a request may be of: one that none describes may give what any of them gives."""
    asked = [operation for operation in description.operations if _is_of(operation, method, path)]
    return asked or description.operations


def _refuse_unstated(issue: str, user_id: str, operation: str) -> None:
    try:
        personal.refuse_unstated_on_the_wire(issue=issue, user_id=user_id, operation=operation)
    except HeaderMissing as error:
        raise XRoadFault(Origin.CLIENT, "BadRequest", f"{error.what} {error.hint}") from error


def _chosen(
    covering: Iterable[Agreement],
    client: SubsystemId,
    asked: DataServiceId | OperationId,
    at: datetime,
    *,
    purpose: str = "",
    reaches: Callable[[Agreement], bool],
) -> Agreement:
    try:
        return agreement.chosen(covering, client, asked, purpose=purpose, at=at, reaches=reaches)
    except AccessError as error:
        message = f"Request is not allowed: SERVICE:{asked}. {error.what} {error.hint}"
        raise XRoadFault(Origin.PROVIDER_SIDE, "AccessDenied", message) from error


def _unknown(service: str) -> XRoadFault:
    return XRoadFault(Origin.PROVIDER_SIDE, "UnknownService", f"Unknown service: {service}")
