"""An operational record: who asked whom for what, how it ended, and where the time went. Pure.

The fields are X-Road's (PR-OPMON), seen from the provider's side of a node that is both sides, and the
seconds of each stage beside them. Nothing of a message's content is among them: of a REST path only the
pattern of the described endpoint, of an error only its code (`docs/decisions/0180`).
"""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sacbe_terms.descriptions import Description
from sacbe_terms.errors import SacbeError
from sacbe_terms.exchange import Consumer, PlannedCall
from sacbe_xroad_like import routes
from sacbe_xroad_like.admission import AdmittedCall
from sacbe_xroad_like.messages import Exchanged
from sacbe_xroad_like.registry import SOAP, Registry
from sacbe_xroad_like.routes import REST
from sacbe_xroad_like.soap_reply import SoapRequest
from sacbe_xroad_like.stages import Timed
from sacbe_xroad_like.wire import path_rules
from sacbe_xroad_like.wire.fault import CodeStyle, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestRequest

TEXT_CHARACTERS_MAX = 255
"""X-Road's length of a text."""

PLAN_DOOR, REST_DOOR, SOAP_DOOR = "plan", "rest", "soap"
"""By which way a request came: GraphQL and translation, or X-Road's two protocols."""

SERVICE_TYPES = {SOAP: "WSDL", REST: "OPENAPI3"}
"""X-Road's name for the kind of an adapter; other kinds have none there."""


class Asked(NamedTuple):
    """What is known of a request before anything is decided, and of the service that it is for."""

    door: str
    consumer: str
    provider: str
    service_code: str
    message_id: str
    request_size: int
    request_id: UUID | None = None
    operation_code: str = ""
    service_version: str = ""
    service_type: str = ""
    rest_method: str = ""
    rest_path: str = ""
    represented_party: str = ""
    user_id: str = ""
    issue: str = ""
    protocol_version: str = ""


class Ended(NamedTuple):
    """How it ended: `succeeded` is False for a refusal, a fault, and a REST status from 400 on."""

    succeeded: bool
    fault_code: str = ""
    status_code: int | None = None
    response_size: int = 0


@dataclass(frozen=True, slots=True)
class OperationalRecord:
    """One exchange, or one refusal."""

    asked: Asked
    ended: Ended
    timed: Timed

    @property
    def row(self) -> tuple[object, ...]:
        """The values in the order of COLUMNS, fit for the database whatever a client sent."""
        values = (*self.asked, *self.ended, *self.timed)
        return tuple(_plain(value) if isinstance(value, str) else value for value in values)


COLUMNS = (*Asked._fields, *Ended._fields, *Timed._fields)
"""The columns of `bus.operational_record` that the writer gives."""


def of_call(admitted: AdmittedCall, about: Exchanged) -> Asked:
    """Say what an admitted call of a plan asks."""
    consumer, operation = admitted.consumer, admitted.offered.operation
    is_rest = admitted.service.description.kind == REST
    return Asked(
        door=PLAN_DOOR,
        consumer=about.consumer,
        provider=str(admitted.service.identifier.subsystem),
        service_code=admitted.service.identifier.service_code,
        message_id=about.message_id,
        request_size=len(admitted.request_body),
        request_id=about.request_id,
        operation_code=operation.code,
        service_type=SERVICE_TYPES.get(admitted.service.description.kind, ""),
        rest_method=operation.method if is_rest else "",
        rest_path=routes.path_glob(operation) if is_rest else "",
        user_id=consumer.user_id,
        issue=consumer.issue,
    )


def of_refused_call(call: PlannedCall, consumer: Consumer) -> Asked:
    """Say what a call of a refused plan asked."""
    return Asked(
        door=PLAN_DOOR,
        consumer=str(consumer.subsystem),
        provider=str(call.service.subsystem),
        service_code=call.service.service_code,
        message_id=consumer.message_id,
        request_size=0,
        operation_code=call.operation_code,
        user_id=consumer.user_id,
        issue=consumer.issue,
    )


def of_rest(registry: Registry, request: RestRequest) -> Asked:
    """Say what a request of X-Road's REST protocol asks; its size is told once its body has come."""
    service = registry.data_services.get(request.service)
    description = None if service is None else service.description
    return Asked(
        door=REST_DOOR,
        consumer=str(request.client),
        provider=str(request.service.subsystem),
        service_code=request.service.service_code,
        message_id=request.message_id,
        request_size=0,
        request_id=UUID(request.request_id),
        service_type="" if description is None else SERVICE_TYPES.get(description.kind, ""),
        rest_method=request.method,
        rest_path="" if description is None else endpoint(description, request.method, request.path),
        user_id=request.user_id,
        issue=request.issue,
        protocol_version="1",
    )


def of_soap(request: SoapRequest) -> Asked:
    """Say what a message of X-Road's SOAP protocol asks."""
    message = request.message
    return Asked(
        door=SOAP_DOOR,
        consumer=str(message.client),
        provider=str(message.service.provider),
        service_code=message.service.code,
        message_id=message.message_id,
        request_size=request.part.size,
        service_version=message.service.version,
        service_type=SERVICE_TYPES[SOAP],
        represented_party="/".join(message.represented_party),
        user_id=message.user_id,
        issue=message.issue,
        protocol_version="4.0",
    )


def endpoint(description: Description, method: str, path: str) -> str:
    """Give the pattern of the described endpoint that fits a raw path most closely; empty where none does."""
    normal = path_rules.normalized(path)
    patterns = [routes.path_glob(each) for each in description.operations if each.method == method]
    fitting = [each for each in patterns if normal is not None and path_rules.matches(each, normal)]
    return min(fitting, key=lambda pattern: (pattern.count("*"), -len(pattern)), default="")


def failed(error: SacbeError, response_size: int = 0) -> Ended:
    """Say that a call of a plan ended with an error."""
    return Ended(False, error.code, error.status, response_size)


def refused(fault: XRoadFault) -> Ended:
    """Say that a message of X-Road's wire was answered with a fault of the bus."""
    return Ended(False, fault.printed(CodeStyle.CAMEL))


def _plain(text: str) -> str:
    """Cut a text to X-Road's length, and leave out what no database column takes."""
    cut = text[:TEXT_CHARACTERS_MAX]
    return cut if cut.isprintable() else "".join(sign for sign in cut if sign.isprintable())
