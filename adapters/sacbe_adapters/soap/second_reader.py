"""zeep reads every WSDL a second time, and what the two readings do not share is not offered.

Our own reader (schema.py) keeps what zeep drops on purpose: enumerations, documentation,
places of errors, unions, X-Road's undefined headers. Reading alone it could be wrong alone.
So each document operation is compared with zeep's: the elements in both Bodies, and the
names of what stands directly in them. Where zeep cannot read the document it has no opinion.
See docs/decisions/0040.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from sacbe_adapters.soap import bundle as bundles
from sacbe_adapters.soap.attachment_fields import MIME
from sacbe_adapters.soap.builtins import XSD
from sacbe_adapters.soap.bundle import Bundle
from sacbe_adapters.soap.refusal import at
from sacbe_adapters.soap.schema import ANY, BODY
from sacbe_terms import loose_attachments
from sacbe_terms.descriptions import Description, Field, Operation, Place, Record, Uncovered

_TEXT = "_value_1"
"""What zeep calls the text of an element that has attributes beside it, as if it were an element."""

Names = frozenset[str]
Message = tuple[str, Names | None]
"""The element in a Body, and the elements directly in it; None where the element as a whole is a value."""


def agreed(bundle: Bundle, description: Description) -> Description:
    """Give the description without the operations that zeep reads otherwise."""
    if not description.operations:
        return description
    other = _other_reading(bundle)
    for name in _beside_attachments(bundle):
        other.pop(name, None)
    is_exact = not _has_substitution(bundle)
    doubtful = {
        operation.code: reason
        for operation in description.operations
        if (reason := _difference(_messages(description, operation), other.get(operation.code), is_exact))
    }
    places = _places(bundle) if doubtful else {}
    return msgspec.structs.replace(
        description,
        operations=tuple(operation for operation in description.operations if operation.code not in doubtful),
        uncovered=(
            *description.uncovered,
            *(
                Uncovered(where=places.get(code, code), reason=f"{code}: zeep reads {reason} otherwise")
                for code, reason in doubtful.items()
            ),
        ),
    )


def _places(bundle: Bundle) -> dict[str, str]:
    """Say where each operation of a port type stands."""
    return {
        node.get("name", ""): at(node, found.location)
        for found in bundle.definitions
        for node in found.node.iterfind(f"{{{bundles.WSDL}}}portType/{{{bundles.WSDL}}}operation")
    }


def _difference(ours: tuple[Message, Message], other: tuple[Message, Message] | None, is_exact: bool) -> str:
    if other is None:
        return ""
    for direction, mine, theirs in zip(("its request", "its reply"), ours, other, strict=True):
        if mine[0] == BODY:
            continue  # zeep takes one part and leaves out the others.
        if mine[0] != theirs[0] or (is_exact and mine[1] is not None and mine[1] != theirs[1]):
            return direction
    return ""


def _messages(description: Description, operation: Operation) -> tuple[Message, Message]:
    operation = loose_attachments.hidden(description, operation)
    binding, result = operation.binding, operation.result
    named = description.types.get(result.type)
    given: tuple[Field, ...] | None = ()
    if binding["result"] == "child":
        given = (result,)
    elif binding["result"] == "fields" and isinstance(named, Record):
        given = named.fields
    elif binding["result"] == "value":
        given = None
    asked = None if binding["arguments"] == "value" else operation.arguments
    return (str(binding["request"]), _elements(asked)), (str(binding["response"]), _elements(given))


def _elements(fields: tuple[Field, ...] | None) -> Names | None:
    if fields is None:
        return None
    return frozenset(field.wire for field in fields if field.place is Place.ELEMENT and field.wire != ANY)


def _has_substitution(bundle: Bundle) -> bool:
    """zeep knows no substitution groups; ours offers every element that may stand in."""
    tag = f"{{{XSD}}}element"
    return any(node.get("substitutionGroup") for schema in bundle.schemas for node in schema.node.iterchildren(tag))


def _beside_attachments(bundle: Bundle) -> set[str]:
    """Give the operations whose Body stands in a part: zeep sees an empty one, and has no opinion."""
    return {
        operation.get("name", "")
        for found in bundle.definitions
        for related in found.node.iter(f"{{{MIME}}}multipartRelated")
        for operation in related.iterancestors(f"{{{bundles.WSDL}}}operation")
    }


def _other_reading(bundle: Bundle) -> dict[str, tuple[Message, Message]]:
    from zeep import Settings
    from zeep.wsdl import Document

    settings = Settings(strict=True, forbid_dtd=True, forbid_entities=True, forbid_external=False)
    root = next(iter(bundle.documents))
    try:
        transport: Any = _BundleTransport(bundle)
        return dict(_compared(Document(root, transport, settings=settings)))
    except Exception:  # zeep fails in as many ways as there are odd documents; then it has no opinion
        return {}


class _BundleTransport:
    """Serves zeep the documents of the bundle and nothing else."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def load(self, url: str) -> bytes:
        """Give a document's bytes; raises KeyError for one that the bundle does not hold."""
        own = self._bundle.aliases.get(url) or bundles.well_known_file(url)
        if own:
            return bundles.well_known(own)
        return self._bundle.collapsed.get(url) or self._bundle.documents[url]


def _compared(document: Any) -> Iterator[tuple[str, tuple[Message, Message]]]:
    """Give the first SOAP binding's reading of each operation whose messages are documents."""
    from zeep.wsdl.bindings.soap import SoapBinding
    from zeep.wsdl.messages.soap import DocumentMessage

    seen: set[str] = set()
    for service in document.services.values():
        for port in service.ports.values():
            if not isinstance(port.binding, SoapBinding):
                continue
            bound: dict[str, Any] = port.binding._operations
            for name, operation in bound.items():
                is_document = isinstance(operation.input, DocumentMessage) and operation.output is not None
                if name not in seen and is_document:
                    yield name, (_message(operation.input), _message(operation.output))
                seen.add(name)


def _message(message: Any) -> Message:
    body = message.body
    if body is None:
        return "", frozenset()
    children = getattr(body.type, "elements", ())
    qualified = (getattr(element, "qname", None) for _, element in children)
    names = (name.text for name in qualified if name is not None)
    return body.qname.text, frozenset(name for name in names if name != _TEXT)
