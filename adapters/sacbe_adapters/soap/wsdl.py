"""WSDL 1.1: services, ports, bindings and messages, down to what one operation sends and gets.

Read by the standard (W3C Note of 15 March 2001, with the SOAP 1.2 binding's Note of 2006 and
WS-I Basic Profile 1.1 where the Note is silent). What leads nowhere or is not offered is told
with its place and left out; the rest stands.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from sacbe_adapters.soap import wsdl_nodes
from sacbe_adapters.soap.attachment_fields import attached_parts, has_loose_parts, optimised
from sacbe_adapters.soap.builtins import XSD
from sacbe_adapters.soap.bundle import WSDL, Bundle, Schema
from sacbe_adapters.soap.components import Component, clark, resolved
from sacbe_adapters.soap.refusal import NotCovered
from sacbe_terms.descriptions import Uncovered

PLAIN = "http"
"""Stands for a SOAP version where messages have no envelope."""

_XROAD = "{http://x-road.eu/xsd/"
_XROAD_CONVENTION = "requestheader"
"""Name, in small letters, of the message that X-Road's WSDLs bind as header and often define nowhere."""

_OTHERS_HEADERS = (
    _XROAD,
    "{http://x-rd.net/xsd/",
    "{http://x-tee.riik.ee/xsd/",
    "{http://docs.oasis-open.org/wss/",
    "{http://schemas.xmlsoap.org/ws/2002/",
)
"""Headers that the bus or the credentials send: X-Road's of each age, WS-Security of both ages."""

_HTTP_TRANSPORTS = frozenset(
    {
        "http://schemas.xmlsoap.org/soap/http",
        "http://schemas.xmlsoap.org/soap/http/",
        "http://www.w3.org/2003/05/soap/bindings/HTTP/",
        "http://www.w3.org/2003/05/soap/bindings/HTTP",
        "http://schemas.xmlsoap.org/wsdl/soap12/",
        "",
    }
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: an element, or a type under the part's own name."""

    name: str
    element: str
    type: str
    at: Component


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in the Body of one message: its parts, the wrapper's namespace for rpc, and the SOAP encoding."""

    parts: tuple[Part, ...]
    namespace: str
    encoding: str
    """Empty for literal messages."""
    headers: tuple[Part, ...]
    """The parts that stand in the message's header, but for those that are the bus's or the credentials' business."""
    at: Component
    attached: tuple[str, ...] = ()
    """Names of the parts that stand beside the envelope, each in a part of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundOperation:
    """One operation of one port, as its binding puts it on the wire."""

    name: str
    service: str
    port_type: str
    soap: str
    action: str
    style: str
    request: Body
    response: Body | None
    faults: tuple[tuple[str, Part], ...]
    documentation: str
    optimised: str
    """When requests go as MTOM; see attachment_fields.py."""
    speaks_xroad: bool
    """Whether its messages have X-Road's header."""
    has_loose_parts: bool
    """Whether its messages have several parts, and nothing says which."""
    at: Component
    input_name: str = ""
    """What tells an overload from its siblings: the name of its input, or of the input's message; else empty."""


@dataclass(frozen=True, slots=True)
class Port:
    """One port that speaks SOAP over HTTP."""

    service: str
    address: str
    operations: tuple[BoundOperation, ...]
    place: str


class WsdlReader:
    """Reads the definitions of a bundle; `uncovered` fills while ports are read."""

    def __init__(self, bundle: Bundle) -> None:
        self.uncovered: list[Uncovered] = []
        self._expects_types = any(b"expectedContentTypes" in document for document in bundle.documents.values())
        self._elements = frozenset(
            clark(schema.namespace, node.get("name", ""))
            for schema in bundle.schemas
            for node in schema.node.iterchildren(f"{{{XSD}}}element")
        )
        self._parts: dict[tuple[str, str], Component] = {}
        self._definitions = [
            Component(found.node, Schema(found.node, found.location, found.node.get("targetNamespace", ""), False))
            for found in bundle.definitions
        ]
        for definitions in self._definitions:
            for node in definitions.node.iterchildren():
                kind, name = etree.QName(node).localname, node.get("name")
                if name is not None:
                    self._parts.setdefault((kind, clark(definitions.schema.namespace, name)), definitions.beside(node))

    @property
    def title(self) -> str:
        """The name that the document gives itself, or its first service's."""
        names = [part.node.get("name") for (kind, _), part in self._parts.items() if kind == "service"]
        return next(filter(None, [*names, *(found.node.get("name") for found in self._definitions)]), "")

    @property
    def documentation(self) -> str:
        """What the document says of itself, or of its first service."""
        services = [part.node for (kind, _), part in self._parts.items() if kind == "service"]
        nodes = [found.node for found in self._definitions] + services
        return next(filter(None, map(wsdl_nodes.documentation, nodes)), "")

    def ports(self) -> Iterator[Port]:
        """Give every SOAP port in document order; where there is no service, every SOAP binding as a port.

        A document may leave services to whoever offers it (WSDL 1.1, section 2.1); then it names no address.
        """
        services = [part for (kind, _), part in self._parts.items() if kind == "service"]
        yield from self._ports(services) if services else self._bindings()

    def _ports(self, services: list[Component]) -> Iterator[Port]:
        """Give the ports that speak SOAP, then those that take XML without an envelope."""
        nodes = [(part, part.beside(node)) for part in services for node in part.node.iterchildren(f"{{{WSDL}}}port")]
        for service, port in sorted(nodes, key=lambda pair: wsdl_nodes.http_child(pair[1].node, "address") is not None):
            try:
                yield self._port(service.node.get("name", ""), port)
            except NotCovered as reason:
                self.uncovered.append(reason.uncovered)
        yield from self._portless([port for _, port in nodes])

    def _portless(self, ports: Sequence[Component]) -> Iterator[Port]:
        """Give the bindings of port types that no port leads to: some systems tell only while they run where those are.

        They have the address of the port whose binding is defined nowhere, where there is one such port.
        """
        led_to = {port.node: self._binding_of(port) for port in ports}
        types = {found.node.get("type", "").rpartition(":")[2] for found in led_to.values() if found is not None}
        lost = [wsdl_nodes.soap_child(node, "address")[1] for node, found in led_to.items() if found is None]
        address = wsdl_nodes.location(lost[0]) if len(lost) == 1 else ""
        for binding in self._soap_bindings():
            if binding.node.get("type", "").rpartition(":")[2] not in types:
                reason = f"no port leads to the binding '{binding.node.get('name')}'; its operations are offered"
                self.uncovered.append(Uncovered(where=binding.place, reason=reason))
                yield from self._as_port(binding, address)

    def _binding_of(self, port: Component) -> Component | None:
        try:
            return self._find("binding", port.node.get("binding", ""), port)
        except NotCovered:
            return None

    def _bindings(self) -> Iterator[Port]:
        for binding in self._soap_bindings():
            yield from self._as_port(binding, "")

    def _soap_bindings(self) -> list[Component]:
        found = [binding for (kind, _), binding in self._parts.items() if kind == "binding"]
        return [binding for binding in found if wsdl_nodes.soap_child(binding.node, "binding")[1] is not None]

    def _as_port(self, binding: Component, address: str) -> Iterator[Port]:
        name = binding.node.get("name", "")
        try:
            yield Port(name, address, self._bound(name, binding), binding.place)
        except NotCovered as reason:
            self.uncovered.append(reason.uncovered)

    def _find(self, kind: str, text: str, named_by: Component) -> Component:
        """Give what a name leads to; a name without prefix may also be the document's own."""
        own = clark(named_by.schema.namespace, text.rpartition(":")[2])
        found = self._parts.get((kind, resolved(named_by, text)))
        if found is None and ":" not in text:
            found = self._parts.get((kind, own))
        if found is None:
            raise NotCovered(f"the {kind} '{text}' is named here and defined nowhere", where=named_by.place)
        return found

    def _port(self, service: str, port: Component) -> Port:
        binding = self._find("binding", port.node.get("binding", ""), port)
        if wsdl_nodes.is_plain(binding.node):
            address = wsdl_nodes.http_child(port.node, "address")
            return Port(service, wsdl_nodes.location(address), self._plain(service, binding), port.place)
        if wsdl_nodes.soap_child(binding.node, "binding")[1] is None:
            raise NotCovered(f"the port '{port.node.get('name', '')}' is not bound to SOAP", where=port.place)
        address = wsdl_nodes.soap_child(port.node, "address")[1]
        return Port(service, wsdl_nodes.location(address), self._bound(service, binding), port.place)

    def _plain(self, service: str, binding: Component) -> tuple[BoundOperation, ...]:
        """Give the operations of WSDL's HTTP binding, where messages are XML documents (sections 4 and 5.5)."""
        port_type = self._find("portType", binding.node.get("type", ""), binding)
        return tuple(self._operations(service, binding, port_type, PLAIN, "document"))

    def _bound(self, service: str, binding: Component) -> tuple[BoundOperation, ...]:
        """Give the operations of a SOAP binding."""
        soap, head = wsdl_nodes.soap_child(binding.node, "binding")
        assert head is not None
        if head.get("transport", "").strip() not in _HTTP_TRANSPORTS:
            name = binding.node.get("name", "")
            raise NotCovered(f"the binding '{name}' does not speak HTTP", where=binding.beside(head).place)
        port_type = self._find("portType", binding.node.get("type", ""), binding)
        return tuple(self._operations(service, binding, port_type, soap, head.get("style", "document")))

    def _operations(
        self, service: str, binding: Component, port_type: Component, soap: str, style: str
    ) -> Iterator[BoundOperation]:
        bound = {wsdl_nodes.signature(node): node for node in binding.node.iterchildren(f"{{{WSDL}}}operation")}
        by_name = {node.get("name"): node for node in bound.values()}
        names = Counter(node.get("name") for node in port_type.node.iterchildren(f"{{{WSDL}}}operation"))
        for node in port_type.node.iterchildren(f"{{{WSDL}}}operation"):
            operation = port_type.beside(node)
            found = bound.get(wsdl_nodes.signature(node), by_name.get(node.get("name")))
            try:
                if found is None:
                    raise NotCovered(f"the operation '{node.get('name')}' has no binding", where=operation.place)
                read = self._operation(service, port_type, operation, binding.beside(found), soap, style)
                yield replace(read, input_name=wsdl_nodes.input_name(node)) if names[node.get("name")] > 1 else read
            except NotCovered as reason:
                self.uncovered.append(reason.uncovered)

    def _operation(
        self, service: str, port_type: Component, operation: Component, bound: Component, soap: str, style: str
    ) -> BoundOperation:
        name = operation.node.get("name", "")
        head = wsdl_nodes.soap_child(bound.node, "operation")[1]
        request = self._body(operation, bound, "input")
        if request is None:
            raise NotCovered(f"the operation '{name}' only sends messages to its callers", where=operation.place)
        return BoundOperation(
            name=name,
            service=service,
            port_type=clark(port_type.schema.namespace, port_type.node.get("name", "")),
            soap=soap,
            action=head.get("soapAction", "") if head is not None else "",
            style=(head.get("style") if head is not None else None) or style,
            request=request,
            response=self._body(operation, bound, "output"),
            faults=tuple(self._faults(operation)),
            documentation=wsdl_nodes.documentation(operation.node),
            optimised=self._optimised(bound),
            speaks_xroad=self._speaks_xroad(bound),
            has_loose_parts=has_loose_parts(bound.node),
            at=operation,
        )

    def _body(self, operation: Component, bound: Component, direction: str) -> Body | None:
        """Give what one direction's Body holds; None where the operation has no such direction."""
        named = operation.node.find(f"{{{WSDL}}}{direction}")
        if named is None:
            return None
        binding = bound.node.find(f"{{{WSDL}}}{direction}")
        if binding is None:
            raise NotCovered(f"the binding leaves out the {direction}", where=bound.place)
        body, place = wsdl_nodes.soap_body(binding), bound.beside(binding)
        parts = self._body_parts(operation.beside(named), body, place)
        headers = self._headers(place)
        attached = attached_parts(binding)
        parts = tuple(part for part in parts if part.name not in attached)
        return Body(parts, body.get("namespace", ""), wsdl_nodes.encoding(body), headers, place, attached)

    def _optimised(self, bound: Component) -> str:
        """Ask the whole binding, and the operation's own part of it."""
        binding = bound.node.getparent()
        return optimised(bound.node if binding is None else binding, expects_types=self._expects_types)

    def _body_parts(self, named: Component, body: etree._Element, place: Component) -> tuple[Part, ...]:
        """Give the parts in a Body; for a message that is defined nowhere, the element that has its name."""
        name = named.node.get("message", "")
        try:
            message = self._find("message", name, named)
            if _names_none(message, body):
                reason = (
                    f"the binding names the part '{body.get('parts')}', which the message has not; it has all others"
                )
                self.uncovered.append(Uncovered(where=place.place, reason=reason))
                return _without_headers(message, place)
            return _body_parts(message, body, place)
        except NotCovered:
            element = resolved(named, name)
            if element not in self._elements:
                raise
            reason = f"the message '{name}' is defined nowhere; the element of this name is taken for it"
            self.uncovered.append(Uncovered(where=named.place, reason=reason))
            return (Part(name="parameters", element=element, type="", at=named),)

    def _headers(self, direction: Component) -> tuple[Part, ...]:
        """Give the header parts of a message (WSDL 1.1, section 3.7), each once."""
        found: dict[str, Part] = {}
        for namespace in wsdl_nodes.SOAP_BINDINGS:
            for header in direction.node.iter(f"{{{namespace}}}header"):
                at = direction.beside(header)
                try:
                    message = self._find("message", header.get("message", ""), at)
                except NotCovered:
                    continue  # The `requestheader` of X-Road's WSDLs is defined nowhere, by convention.
                for part in _parts(message):
                    if part.name == header.get("part"):
                        self._keep_header(part, at, found)
        return tuple(found.values())

    def _speaks_xroad(self, bound: Component) -> bool:
        """Say whether a header of X-Road's is bound, or the message that its WSDLs by convention define nowhere."""
        for namespace in wsdl_nodes.SOAP_BINDINGS:
            for header in bound.node.iter(f"{{{namespace}}}header"):
                name = header.get("message", "")
                try:
                    parts = _parts(self._find("message", name, bound.beside(header)))
                except NotCovered:
                    return name.rpartition(":")[2].lower() == _XROAD_CONVENTION
                if any(part.element.startswith(_XROAD) for part in parts):
                    return True
        return False

    def _keep_header(self, part: Part, at: Component, found: dict[str, Part]) -> None:
        if not part.element:
            reason = f"the header part '{part.name}' names no element and is left out"
            self.uncovered.append(Uncovered(where=at.place, reason=reason))
        elif at.node.get("use") == "encoded":
            reason = f"the header part '{part.name}' is in SOAP encoding and is left out"
            self.uncovered.append(Uncovered(where=at.place, reason=reason))
        elif not part.element.startswith(_OTHERS_HEADERS):
            found[part.element] = part

    def _faults(self, operation: Component) -> Iterator[tuple[str, Part]]:
        for node in operation.node.iterchildren(f"{{{WSDL}}}fault"):
            try:
                message = self._find("message", node.get("message", ""), operation.beside(node))
                yield from ((node.get("name") or part.name, part) for part in _parts(message) if part.element)
            except NotCovered as reason:
                self.uncovered.append(reason.uncovered)


def _parts(message: Component) -> list[Part]:
    return [
        Part(
            name=node.get("name", ""),
            element=resolved(message.beside(node), node.get("element", "")) if node.get("element") else "",
            type=resolved(message.beside(node), node.get("type", "")) if node.get("type") else "",
            at=message.beside(node),
        )
        for node in message.node.iterchildren(f"{{{WSDL}}}part")
    ]


def _body_parts(message: Component, body: etree._Element, place: Component) -> tuple[Part, ...]:
    """Give the parts that stand in the Body: those named, else all that no header takes."""
    named = body.get("parts")
    if named is not None:
        return tuple(part for part in _parts(message) if part.name in named.split())
    return _without_headers(message, place)


def _names_none(message: Component, body: etree._Element) -> bool:
    """Say whether a binding names parts, and the message has none of them."""
    named = (body.get("parts") or "").split()
    return bool(named) and not any(part.name in named for part in _parts(message))


def _without_headers(message: Component, place: Component) -> tuple[Part, ...]:
    own = clark(message.schema.namespace, message.node.get("name", ""))
    headers = {
        header.get("part")
        for namespace in wsdl_nodes.SOAP_BINDINGS
        for header in place.node.iter(f"{{{namespace}}}header")
        if resolved(place.beside(header), header.get("message", "")) == own
    }
    return tuple(part for part in _parts(message) if part.name not in headers)
