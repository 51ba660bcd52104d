"""Resolvers of exchange fields. The exchange is over before they run: they only look up what came of it."""

from typing import Any

from graphql import GraphQLResolveInfo

from sacbe_graphql.context import Context

Place = GraphQLResolveInfo[Context]


def outcome(_source: object, info: Place, **_arguments: object) -> object:
    """Give the value of the call that was planned for this response path; raises what the call raised."""
    ended = info.context.outcomes[".".join(str(key) for key in info.path.as_list())]
    if ended.error is not None:
        raise ended.error
    return ended.value


def linked(_source: object, info: Place) -> object:
    """Give the value of a linked field as `outcome`; null where the record had no value to ask with."""
    path = ".".join(str(key) for key in info.path.as_list())
    return outcome(_source, info) if path in info.context.outcomes else None


def member(source: Any, info: GraphQLResolveInfo[Any], **_arguments: object) -> object:
    """Give a record's field; an optional one may be absent."""
    return source.get(info.field_name)


def onward(_source: object, _info: GraphQLResolveInfo[Any]) -> object:
    """Lead on to a provider's fields, which have no source of their own."""
    return ()
