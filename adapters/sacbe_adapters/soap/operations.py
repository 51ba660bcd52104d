"""From a bundle to a Description: every operation that can be offered, the rest with its reason.

`Operation.binding` holds what the codec needs beside the fields, and nothing else:

    soap       "1.1" or "1.2"
    action     SOAPAction
    request    {namespace}name of the element in the Body, "##body" for the Body itself, empty for an empty Body
    response   the same for the reply; empty where nothing is answered
    arguments  "fields" of the request's element, its own "value", or "nothing"
    result     "fields" (the record is the result), "child" (its one field is),
               "value" (the element's own), or "nothing"
    optimised  "always" or "large" where requests go as MTOM, or those with large binaries
    one_way    true where no reply is promised
    encoding   the SOAP encoding of both messages, empty where they are literal
    loose      true where the document has signs of files beside the messages that it does not name
"""

from collections.abc import Iterable, Iterator

import msgspec

from sacbe_adapters import endless_types, naming
from sacbe_adapters.soap import empty_choices, messages
from sacbe_adapters.soap.attachment_fields import sounds_of_attachments
from sacbe_adapters.soap.bundle import Bundle
from sacbe_adapters.soap.components import Components
from sacbe_adapters.soap.encoded_types import EncodedSchemaReader
from sacbe_adapters.soap.refusal import NotCovered
from sacbe_adapters.soap.schema import Root, SchemaReader
from sacbe_adapters.soap.wsdl import PLAIN, Body, BoundOperation, Port, WsdlReader
from sacbe_terms import loose_attachments
from sacbe_terms.descriptions import Description, Fault, Field, Operation, Place, Scalar, Uncovered, reached_types

_DONE = Field(name="done", wire="", type=Scalar.BOOLEAN.value, is_required=True)


class Schemas:
    """The two readings of the same schemas: for literal messages and for encoded ones."""

    def __init__(self, components: Components) -> None:
        self.literal = SchemaReader(components)
        self._encoded = EncodedSchemaReader(components, self.literal)

    def reading(self, body: Body) -> SchemaReader:
        """Give the reading that a Body asks for."""
        return self._encoded if body.encoding else self.literal


def describe(bundle: Bundle) -> Description:
    """Give everything that the documents offer; `operations` may be empty."""
    wsdl = WsdlReader(bundle)
    components = Components(bundle.schemas)
    schemas = Schemas(components)
    ports = list(wsdl.ports())
    uncovered = [*bundle.uncovered, *wsdl.uncovered, *components.uncovered]
    operations = _named(list(_read(ports, schemas, uncovered)))
    literal = schemas.literal
    description = Description(
        kind="soap",
        title=wsdl.title,
        documentation=wsdl.documentation,
        operations=operations,
        types=literal.types,
        endpoints=tuple(dict.fromkeys(port.address for port in ports if port.address)),
        sources=bundle.sources,
        uncovered=_gathered((*uncovered, *literal.uncovered, *_elsewhere(ports))),
    )
    description = _without_idle_types(empty_choices.given_as_xml(description))
    return _with_loose_attachments(endless_types.ended(description, literal.places))


def _with_loose_attachments(description: Description) -> Description:
    """Show files that no part of the document names where it has signs of them; see docs/decisions/0102."""
    operations: list[Operation] = []
    for operation in description.operations:
        if operation.binding["loose"] and not _has_binaries(description, operation):
            description, operation = loose_attachments.shown(description, operation)
        operations.append(operation)
    return msgspec.structs.replace(description, operations=tuple(operations))


def _has_binaries(description: Description, operation: Operation) -> bool:
    records = (description.record(name) for name in reached_types(description, operation))
    fields = [field for record in records if record is not None for field in record.fields]
    return any(field.type == Scalar.BASE64 for field in (*operation.arguments, operation.result, *fields))


def _read(ports: Iterable[Port], schemas: Schemas, uncovered: list[Uncovered]) -> Iterator[Operation]:
    """Read each operation once: the first port that offers it counts."""
    seen: set[tuple[str, str, int]] = set()
    codes: set[str] = set()
    for port in ports:
        for bound in port.operations:
            key = (bound.port_type, bound.name, bound.at.node.sourceline or 0)
            if key in seen:
                continue
            seen.add(key)
            try:
                operation = _operation(bound, _code(bound, codes), schemas)
            except NotCovered as reason:
                uncovered.append(
                    Uncovered(where=reason.where or bound.at.place, reason=f"{bound.name}: {reason.reason}")
                )
            except RecursionError:
                uncovered.append(
                    Uncovered(where=bound.at.place, reason=f"{bound.name}: its types are made of themselves")
                )
            else:
                codes.add(operation.code)
                yield operation


def _code(bound: BoundOperation, taken: set[str]) -> str:
    """Give the name on the wire; where two services or two overloads share it, a longer one.

    Overloads are told apart by their messages (WSDL 1.1, section 2.4.5): the first has the plain
    name, others have their input's name after it.
    """
    local = bound.port_type.rpartition("}")[2]
    overload = [f"{bound.name}.{bound.input_name}"] if bound.input_name else []
    wanted: list[str] = [bound.name, *overload, f"{bound.service}.{bound.name}", f"{local}.{bound.name}"]
    for code in wanted:
        if code not in taken:
            return code
    return naming.unique([*taken, bound.name])[-1]


def _operation(bound: BoundOperation, code: str, schemas: Schemas) -> Operation:
    reader = schemas.reading(bound.request)
    request = messages.root(bound, bound.request, bound.name, reader)
    response = None if bound.response is None else messages.root(bound, bound.response, f"{bound.name}Response", reader)
    kind, arguments = _arguments(request)
    headers, reasons = messages.header_arguments(bound.request.headers, arguments, schemas.literal)
    if bound.response is not None and not bound.response.encoding:
        told = bound.response.headers
        response, more = messages.with_reply_headers(response, told, f"{bound.name}Response", schemas.literal)
        reasons = (*reasons, *more)
    given, result = _result(response, reader)
    schemas.literal.uncovered += [reason.uncovered for reason in reasons]
    return Operation(
        code=code,
        alias=naming.field_name(code),
        reads=naming.reads(bound.name),
        arguments=(*arguments, *headers),
        result=result,
        faults=tuple(_faults(bound, schemas.literal)),
        documentation=bound.documentation,
        speaks_xroad=bound.speaks_xroad,
        may_attach=bound.soap != PLAIN,
        binding={
            "soap": bound.soap,
            "action": bound.action,
            "request": "" if request is None else request.wire,
            "response": "" if response is None else response.wire,
            "arguments": kind,
            "result": given,
            "one_way": bound.response is None,
            "encoding": bound.request.encoding,
            "optimised": bound.optimised,
            "loose": bound.has_loose_parts or (bound.speaks_xroad and sounds_of_attachments(bound.name)),
        },
    )


def _arguments(request: Root | None) -> tuple[str, tuple[Field, ...]]:
    if request is None:
        return "nothing", ()
    if request.fields is None:
        assert request.value is not None
        return "value", (request.value,)
    return "fields", request.fields


def _result(response: Root | None, schemas: SchemaReader) -> tuple[str, Field]:
    if response is None or response.fields == ():
        return "nothing", _DONE
    if response.fields is None:
        assert response.value is not None
        return "value", response.value
    if len(response.fields) == 1 and response.fields[0].place is not Place.HEADER:
        return "child", response.fields[0]
    return "fields", Field(
        name=naming.field_name(response.local),
        wire=response.wire,
        type=_record(response, schemas),
        is_required=True,
        documentation=response.documentation,
    )


def _record(response: Root, schemas: SchemaReader) -> str:
    """Give the key of the response's record; an rpc reply has no type of its own, so one is made."""
    if response.type is not None:
        return schemas.record(response)
    return schemas.made_record(naming.type_name(response.local), response.fields or ())


def _faults(bound: BoundOperation, schemas: SchemaReader) -> Iterator[Fault]:
    for name, part in bound.faults:
        try:
            root = schemas.detail(part.element, part.at)
            yield Fault(
                name=naming.field_name(name),
                wire=root.wire,
                type=schemas.record(root) if root.fields else "",
                documentation=root.documentation,
            )
        except NotCovered:
            continue  # A fault without readable detail still has its code and text.


def _named(operations: list[Operation]) -> tuple[Operation, ...]:
    """Settle aliases that two codes would share."""
    aliases = naming.unique(operation.alias for operation in operations)
    pairs = zip(operations, aliases, strict=True)
    return tuple(msgspec.structs.replace(operation, alias=alias) for operation, alias in pairs)


def _gathered(uncovered: Iterable[Uncovered]) -> tuple[Uncovered, ...]:
    """Say each reason once, with its first place and how many more there are."""
    places: dict[str, list[str]] = {}
    for entry in uncovered:
        places.setdefault(entry.reason, []).append(entry.where)
    return tuple(
        Uncovered(where=where[0], reason=f"{reason} (and {len(where) - 1} more such places)" if where[1:] else reason)
        for reason, where in places.items()
    )


def _without_idle_types(description: Description) -> Description:
    """Leave out the types that only left-out operations reach."""
    reached = {name for operation in description.operations for name in reached_types(description, operation)}
    types = {name: named for name, named in description.types.items() if name in reached}
    return msgspec.structs.replace(description, types=types)


def _elsewhere(ports: Iterable[Port]) -> Iterator[Uncovered]:
    """Say which services live at another address than the first: one data service has one endpoint."""
    first: Port | None = None
    for port in filter(_has_address, ports):
        first = first or port
        if port.service != first.service and port.address != first.address:
            yield Uncovered(
                where=port.place,
                reason=f"the service '{port.service}' has another address: register it on its own",
            )


def _has_address(port: Port) -> bool:
    return bool(port.address)
