"""A GraphQL request as it comes over HTTP: read from JSON or from a query string, nothing else."""

import re
from typing import Any, TypeGuard
from urllib.parse import parse_qsl

import msgspec

from sacbe_graphql.scalars import LexicalFloat
from sacbe_terms.errors import RequestNotReadable

_HASH = re.compile("[0-9a-f]{64}")


class GraphQLRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a client asks (GraphQL over HTTP, section 5.1 and appendix "Persisted Documents")."""

    query: str = ""
    """The document; empty where it is named by `document_id` or its hash."""
    document_id: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None

    @property
    def persisted_hash(self) -> str:
        """SHA-256 of the document in hexadecimal digits, where `extensions.persistedQuery` gives it."""
        persisted = self.extensions.get("persistedQuery") if self.extensions else None
        return str(persisted["sha256Hash"]) if _is_persisted_query(persisted) else ""


_decoder = msgspec.json.Decoder(GraphQLRequest, float_hook=LexicalFloat)
_map_decoder = msgspec.json.Decoder(dict[str, Any] | None, float_hook=LexicalFloat)

_HINT = 'Send JSON such as {"query": "{ services { totalCount } }", "variables": {}}; a page to try is at /explore.'


def of_json(body: bytes) -> GraphQLRequest:
    """Read the body of a POST; raises RequestNotReadable, saying where the JSON breaks."""
    try:
        return checked(_decoder.decode(body), "body")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable("body", error) from error


def of_query_string(query_string: bytes) -> GraphQLRequest:
    """Read the parameters of a GET; `variables` and `extensions` are JSON; raises RequestNotReadable."""
    try:
        given = dict(parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict"))
        variables, extensions = (_map_decoder.decode(given.get(name) or "null") for name in ("variables", "extensions"))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _unreadable("query string", error) from error
    asked = GraphQLRequest(
        query=given.get("query", ""),
        document_id=given.get("documentId"),
        operation_name=given.get("operationName"),
        variables=variables,
        extensions=extensions,
    )
    return checked(asked, "query string")


def checked(asked: GraphQLRequest, where: str) -> GraphQLRequest:
    """Make sure that a request has a document or names one, and only one; raises RequestNotReadable."""
    persisted = asked.extensions.get("persistedQuery") if asked.extensions else None
    if persisted is not None and not _is_persisted_query(persisted):
        raise _unreadable(where, "extensions.persistedQuery must hold version 1 and sha256Hash, in 64 small digits")
    if not (asked.query or asked.document_id or persisted):
        raise _unreadable(where, "it has no 'query', and names no document")
    if asked.document_id and (asked.query or persisted):
        raise _unreadable(where, "it has a 'documentId' and another document beside it")
    return asked


def _is_persisted_query(value: Any) -> TypeGuard[dict[str, Any]]:
    """Say whether this is what Apollo's clients send in `extensions.persistedQuery`."""
    if not isinstance(value, dict) or value.get("version") != 1:
        return False
    digits = value.get("sha256Hash")
    return isinstance(digits, str) and is_hash(digits)


def is_hash(text: str) -> bool:
    """Say whether a text is a SHA-256 in hexadecimal digits."""
    return _HASH.fullmatch(text) is not None


def _unreadable(where: str, reason: object) -> RequestNotReadable:
    return RequestNotReadable(what=f"The {where} is not a GraphQL request: {reason}.", where=where, hint=_HINT)
