"""From an OpenAPI document to a description: the whole reading, without any input or output.

Reads OpenAPI 2.0, 3.0 and 3.1. What a document holds and is not offered is said, with the
reason, in `uncovered`; a document that contradicts itself is refused at the place.
"""

import msgspec

from sacbe_adapters import endless_types
from sacbe_adapters.rest import security
from sacbe_adapters.rest.bundle import Bundle, Fetch, nothing_else
from sacbe_adapters.rest.operations import operations
from sacbe_adapters.rest.references import Document
from sacbe_adapters.rest.schemas import Types
from sacbe_adapters.rest.servers import Servers
from sacbe_adapters.rest.swagger import as_openapi_3
from sacbe_terms.descriptions import Description, NamedType, Uncovered, reached_types
from sacbe_terms.errors import DescriptionNotReadable, NothingUsable

KIND = "rest"


def describe(document: bytes, location: str, fetch: Fetch = nothing_else) -> Description:
    """Say what can be offered of an OpenAPI document; `fetch` gives the documents that it refers to.

    Raises DescriptionNotReadable with the line, and NothingUsable where the document is whole and
    none of its operations can be offered.
    """
    try:
        return _described(document, location, fetch)
    except RecursionError as error:
        raise DescriptionNotReadable(
            what="The document's schemas lie too deep in each other.",
            where=location,
            hint="Give the schemas names, and let them refer to each other.",
        ) from error


def _described(document: bytes, location: str, fetch: Fetch) -> Description:
    documents = Bundle(fetch)
    read = _as_openapi_3(Document(documents.take(document, location), location, documents))
    uncovered: list[Uncovered] = []
    types = Types(read, uncovered)
    servers = Servers(read.root, location)
    offered = operations(types, servers)
    credentials = security.needs(read, uncovered)
    if read.root.get("webhooks"):
        uncovered.append(Uncovered(where="#/webhooks", reason="webhooks call the consumer, not the system"))
    if not offered:
        raise _nothing_usable(location, uncovered)
    info = read.root.get("info")
    told = info if isinstance(info, dict) else {}
    description = Description(
        kind=KIND,
        title=str(told.get("title") or location.rpartition("/")[2]),
        operations=offered,
        types=types.named,
        endpoints=servers.endpoints,
        credentials=credentials,
        sources=tuple(documents.sources),
        uncovered=tuple(dict.fromkeys(uncovered)),
        documentation=str(told.get("description") or "").strip(),
    )
    return endless_types.ended(msgspec.structs.replace(description, types=_reached(description)), types.places)


def _as_openapi_3(document: Document) -> Document:
    version = str(document.root.get("openapi") or document.root.get("swagger") or "")
    named = f"is OpenAPI '{version}'" if version else "does not say that it is OpenAPI"
    if version.startswith("2."):
        document.root = as_openapi_3(document)
    elif not version.startswith(("3.0", "3.1")):
        raise DescriptionNotReadable(
            what=f"The document {named}.",
            where=f"{document.location}#/openapi",
            hint="OpenAPI 2.0, 3.0 and 3.1 are read; their root has the key 'openapi' or 'swagger'.",
        )
    return document


def _nothing_usable(location: str, uncovered: list[Uncovered]) -> NothingUsable:
    reasons = "; ".join(f"{one.where}: {one.reason}" for one in uncovered[:3])
    return NothingUsable(
        what="None of the document's operations can be offered" + (f" ({reasons})." if reasons else ": it has none."),
        where=f"{location}#/paths",
        hint="Give a document whose `paths` hold operations.",
    )


def _reached(description: Description) -> dict[str, NamedType]:
    """Give the types that the operations reach; others were made for operations that are not offered."""
    reached = {name for operation in description.operations for name in reached_types(description, operation)}
    return {name: named for name, named in description.types.items() if name in reached}
