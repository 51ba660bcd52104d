"""X-Road's metadata services of a provider: what it offers, what of it a client may call, and its documents.

They need no right, only a registered client, and are recorded like every exchange (PR-META, PR-MREST).
"""

from collections.abc import Iterable, Iterator
from secrets import token_hex
from urllib.parse import parse_qsl

import msgspec
from lxml import etree

from sacbe_adapters.rest import loading
from sacbe_adapters.spool import Body
from sacbe_adapters.transport import PassedReply, Transport
from sacbe_terms.errors import SacbeError
from sacbe_terms.identifiers import DataServiceId, SubsystemId
from sacbe_xroad_like import routes
from sacbe_xroad_like.registry import PublishedDataService, Registry
from sacbe_xroad_like.relay_admission import NO_ROUTE, reaches_route
from sacbe_xroad_like.routes import REST
from sacbe_xroad_like.wire import metadata, soap_message
from sacbe_xroad_like.wire.error_body import SOAP_CONTENT_TYPE
from sacbe_xroad_like.wire.fault import Origin, XRoadFault
from sacbe_xroad_like.wire.identifier_elements import XROAD
from sacbe_xroad_like.wire.metadata import RestService
from sacbe_xroad_like.wire.rest_message import RestRequest
from sacbe_xroad_like.wire.soap_message import SoapMessage

LIST, ALLOWED, WSDL, OPENAPI = "listMethods", "allowedMethods", "getWsdl", "getOpenAPI"

REST_CODES = frozenset({LIST, ALLOWED, OPENAPI})
"""Service codes that are metadata on the REST side, by GET."""

SOAP_CODES = frozenset({LIST, ALLOWED, WSDL})
"""Service codes that are metadata on the SOAP side."""


class ServiceMetadata:
    """Answers metadata services from the registry; documents are fetched anew each time, behind the guard."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def rest(self, registry: Registry, request: RestRequest) -> PassedReply:
        """Answer a GET of `listMethods`, `allowedMethods` or `getOpenAPI`; raises XRoadFault."""
        code = request.service.service_code
        if code == OPENAPI:
            return _json(await self._openapi(registry, request))
        services = _rest_services(registry, request.service.subsystem)
        shown = (_shown(registry, service, request.client, only_allowed=code == ALLOWED) for service in services)
        return _json(metadata.rest_methods(service for service in shown if service is not None))

    async def soap(self, registry: Registry, request: SoapMessage) -> PassedReply:
        """Answer a message to `listMethods`, `allowedMethods` or `getWsdl`; raises XRoadFault."""
        if request.service.code == WSDL:
            return await self._wsdl(registry, request)
        codes = _soap_codes(registry, request, only_allowed=request.service.code == ALLOWED)
        body = metadata.soap_methods(f"{request.service.code}Response", request.service.provider, codes)
        return _xml(soap_message.with_body(request, body))

    async def _openapi(self, registry: Registry, request: RestRequest) -> bytes:
        given = {name.lower(): value for name, value in parse_qsl(request.query)}
        code = given.get("servicecode", "")
        if not code:
            raise _fault("InvalidRequest", "Missing parameter: serviceCode")
        service = registry.data_services.get(DataServiceId(request.service.subsystem, code))
        if service is None or service.description.kind != REST:
            known = service is not None
            raise _fault("InternalError", "Invalid service type: WSDL" if known else f"Service not found: {code}")
        try:
            document = loading.load(await self._document(service), service.description.sources[0].location)
        except SacbeError as error:
            raise _fault("InternalError", f"Failed reading service description from {service.identifier}") from error
        return msgspec.json.encode(metadata.openapi_without_hosts(document))

    async def _wsdl(self, registry: Registry, request: SoapMessage) -> PassedReply:
        code = (request.body.findtext(f"{{{XROAD}}}serviceCode") or "").strip()
        if not code:
            raise _fault("InvalidRequest", "Missing serviceCode in message body")
        found = registry.soap_services.get((request.service.provider, code))
        if found is None:
            is_rest = DataServiceId(request.service.provider, code) in registry.data_services
            raise _fault("ServiceType" if is_rest else "UnknownService", f"Service is not a SOAP service: {code}")
        try:
            document = await self._document(found[0])
        except SacbeError as error:
            raise _fault("InternalError", "Failed reading the service description") from error
        envelope = soap_message.with_body(request, _wsdl_response(request.body))
        return _multipart(envelope, metadata.wsdl_without_addresses(document))

    async def _document(self, service: PublishedDataService) -> bytes:
        return await self._transport.fetch(service.description.sources[0].location)


def _rest_services(registry: Registry, provider: SubsystemId) -> Iterator[PublishedDataService]:
    for identifier, service in sorted(registry.data_services.items()):
        if identifier.subsystem == provider and service.description.kind == REST:
            yield service


def _shown(
    registry: Registry, service: PublishedDataService, client: SubsystemId, *, only_allowed: bool
) -> RestService | None:
    """Give what of a service is shown; None where only what is allowed shall be, and nothing is."""
    endpoints = [(operation.method, routes.path_glob(operation)) for operation in service.description.operations]
    if only_allowed:
        rights = [each for each in registry.in_force(client, service.identifier) if each.gives(None)]
        if not rights:
            return None
        endpoints = [each for each in endpoints if any(reaches_route(right, service, *each) for right in rights)]
    return RestService(
        provider=service.identifier.subsystem,
        code=service.identifier.service_code,
        endpoints=tuple(dict.fromkeys(endpoints)),
    )


def _soap_codes(registry: Registry, request: SoapMessage, *, only_allowed: bool) -> Iterable[str]:
    for (provider, code), (service, offered) in sorted(registry.soap_services.items(), key=lambda item: item[0]):
        rights = [each for each in registry.in_force(request.client, service.identifier) if each.gives(None)]
        is_allowed = not only_allowed or any(
            right.covers(offered.identifier) and right.reaches(NO_ROUTE, NO_ROUTE) for right in rights
        )
        if provider == request.service.provider and is_allowed:
            yield code


def _wsdl_response(asked: etree._Element) -> etree._Element:
    """Write `getWsdlResponse`, which repeats what was asked for."""
    response = etree.Element(f"{{{XROAD}}}getWsdlResponse", nsmap={"xroad": XROAD})
    for name in ("serviceCode", "serviceVersion"):
        text = asked.findtext(f"{{{XROAD}}}{name}")
        if text is not None:
            etree.SubElement(response, f"{{{XROAD}}}{name}").text = text
    return response


def _multipart(envelope: bytes, document: bytes) -> PassedReply:
    """Join message and document byte for byte as clients in the field cut them apart (facts on `xrdinfo`)."""
    boundary = f"xroad{token_hex(16)}"
    delimiter = f"--{boundary}".encode()
    parts = [(b"content-type:text/xml; charset=UTF-8", envelope), (b"content-type:text/xml", document)]
    written = b"".join(b"%b\r\n%b\r\n\r\n%b\r\n" % (delimiter, header, content) for header, content in parts)
    content_type = f'multipart/related; type="text/xml"; charset=UTF-8; boundary={boundary}'
    return _reply(content_type, written + delimiter + b"--\r\n")


def _json(body: bytes) -> PassedReply:
    return _reply("application/json;charset=utf-8", body)


def _xml(body: bytes) -> PassedReply:
    return _reply(SOAP_CONTENT_TYPE, body)


def _reply(content_type: str, body: bytes) -> PassedReply:
    return PassedReply(status=200, pairs=(("content-type", content_type),), body=Body.of(body))


def _fault(code: str, message: str) -> XRoadFault:
    return XRoadFault(Origin.PROVIDER_SIDE, code, message)
