"""Which credentials a document asks for: its security schemes, as a steward will be asked for them.

OpenAPI 2.0 (Security Scheme Object), 3.0 and 3.1. Schemes that no operation asks for are left out.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urljoin

from sacbe_adapters.locations import is_address
from sacbe_adapters.rest.merging import documentation
from sacbe_adapters.rest.references import BrokenReference, Document, below
from sacbe_terms.credentials import CredentialNeed
from sacbe_terms.descriptions import Uncovered

HTTP_SCHEMES = {"basic": "basic", "digest": "digest", "bearer": "bearer"}
CLIENT_FLOWS = ("clientCredentials", "application")
"""The flow between two machines, as 3.x and 2.0 call it."""
FLOWS_OF_PEOPLE = "the flow asks a person to sign in; a token that the system's owner gave can be set as a bearer token"

Node = dict[str, Any]


def needs(document: Document, uncovered: list[Uncovered]) -> tuple[CredentialNeed, ...]:
    """Give a need per scheme that is asked for; what no credential covers is noted."""
    asked = set(_asked(document.root))
    found = [need for name, node, at in _schemes(document) if name in asked for need in [_need(document, name, node)]]
    for name, node, at in _schemes(document):
        if name in asked and (reason := _not_covered(node)):
            uncovered.append(Uncovered(where=at, reason=f"{name}: {reason}"))
    return tuple(need for need in found if need is not None)


def _asked(root: Node) -> Iterator[str]:
    """Give the names of the schemes that the document or an operation asks for."""
    paths = root.get("paths")
    items = [item for item in paths.values() if isinstance(item, dict)] if isinstance(paths, dict) else []
    operations = [node for item in items for node in item.values() if isinstance(node, dict)]
    for node in (root, *operations):
        listed = node.get("security")
        for requirement in listed if isinstance(listed, list) else ():
            yield from requirement if isinstance(requirement, dict) else ()


def _schemes(document: Document) -> Iterator[tuple[str, Node, str]]:
    for path in (("components", "securitySchemes"), ("securityDefinitions",)):
        group: Any = document.root
        for key in path:
            group = group.get(key) if isinstance(group, dict) else None
        for name, node in group.items() if isinstance(group, dict) else ():
            try:
                scheme, at = document.resolved(node, below("#", *path, name))
            except BrokenReference:
                continue
            if isinstance(scheme, dict):
                yield name, scheme, at


def _need(document: Document, name: str, node: Node) -> CredentialNeed | None:
    said = documentation(node)
    match _kind(node):
        case "apikey" if node.get("in") in ("header", "query", "cookie"):
            return CredentialNeed(
                name=name, kind="api-key", place=node["in"], wire_name=str(node.get("name", "")), documentation=said
            )
        case "basic" | "digest" | "bearer" as kind:
            return CredentialNeed(name=name, kind=kind, documentation=said)
        case "oauth2" if (flow := _client_flow(node)) is not None:
            return CredentialNeed(
                name=name,
                kind="oauth-client",
                token_address=_whole(str(flow.get("tokenUrl", "")), document.location),
                scope=_scopes(flow.get("scopes")),
                documentation=said,
            )
        case "oauth2" | "openidconnect":
            return CredentialNeed(name=name, kind="bearer", documentation=said)
        case "mutualtls":
            return CredentialNeed(name=name, kind="client-certificate", documentation=said)
        case _:
            return None


def _kind(node: Node) -> str:
    kind = str(node.get("type", "")).lower()
    return HTTP_SCHEMES.get(str(node.get("scheme", "")).lower(), "") if kind == "http" else kind


def _not_covered(node: Node) -> str:
    match _kind(node):
        case "oauth2" if _client_flow(node) is None:
            return FLOWS_OF_PEOPLE
        case "openidconnect":
            return f"OpenID Connect is not covered: {FLOWS_OF_PEOPLE}"
        case "basic" | "digest" | "bearer" | "oauth2" | "mutualtls":
            return ""
        case "apikey" if node.get("in") in ("header", "query", "cookie"):
            return ""
        case _:
            return "a credential of this kind is not sent"


def _client_flow(node: Node) -> Node | None:
    """Give the client credentials flow of 3.x, or of 2.0, which has one flow per scheme."""
    flows = node.get("flows")
    if isinstance(flows, dict):
        return next((flow for name in CLIENT_FLOWS if isinstance(flow := flows.get(name), dict)), None)
    return node if node.get("flow") in CLIENT_FLOWS else None


def _scopes(scopes: object) -> str:
    names: Iterable[object] = scopes if isinstance(scopes, dict) else ()
    return " ".join(map(str, names))


def _whole(address: str, location: str) -> str:
    try:
        return urljoin(location, address) if is_address(location) else address
    except ValueError:  # what is no address is left for the steward to give
        return ""
