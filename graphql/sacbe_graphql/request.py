"""A GraphQL request as it comes over HTTP: read from JSON or from a query string, nothing else."""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from sacbe_graphql.scalars import LexicalFloat
from sacbe_terms.errors import RequestNotReadable


class GraphQLRequest(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a client asks (GraphQL over HTTP, section 5.1)."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


_decoder = msgspec.json.Decoder(GraphQLRequest, float_hook=LexicalFloat)
_map_decoder = msgspec.json.Decoder(dict[str, Any] | None, float_hook=LexicalFloat)

_HINT = 'Send JSON such as {"query": "{ services { totalCount } }", "variables": {}}; a page to try is at /explore.'


def of_json(body: bytes) -> GraphQLRequest:
    """Read the body of a POST; raises RequestNotReadable, saying where the JSON breaks."""
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable("body", error) from error


def of_query_string(query_string: bytes) -> GraphQLRequest:
    """Read the parameters of a GET; `variables` and `extensions` are JSON; raises RequestNotReadable."""
    try:
        given = dict(parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict"))
        variables, extensions = (_map_decoder.decode(given.get(name) or "null") for name in ("variables", "extensions"))
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise _unreadable("query string", error) from error
    if "query" not in given:
        raise _unreadable("query string", "it has no parameter 'query'")
    return GraphQLRequest(
        query=given["query"],
        operation_name=given.get("operationName"),
        variables=variables,
        extensions=extensions,
    )


def _unreadable(where: str, reason: object) -> RequestNotReadable:
    return RequestNotReadable(what=f"The {where} is not a GraphQL request: {reason}.", where=where, hint=_HINT)
