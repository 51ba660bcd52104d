"""Writers of exchange results: from a call's value straight to what the answer shows of it.

A writer is compiled once for a selection: it knows aliases, types and what may be null, so that a
value costs one function call. It writes only what is exactly as described; at anything else it gives
up (`NotWritten`), and execution (GraphQL, section 6.4) says what is wrong and where.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLString,
    GraphQLUnionType,
)
from graphql.execution.collect_fields import FieldDetailsList

from sacbe_graphql.scalars import SCALARS
from sacbe_graphql.selection import LINKED, Collect, described_name
from sacbe_terms.descriptions import Scalar

INT_MAX = 2**31 - 1
"""GraphQL's Int has 32 bits, with sign."""

Writer = Callable[[Any], object]
"""Gives what the answer shows of a value; raises NotWritten."""

_MISSES: tuple[type[Exception], ...] = (AttributeError, KeyError, TypeError)
"""What a value of another form than described makes a writer raise."""


class NotExpressible(Exception):
    """An operation has something in it that cannot be compiled, and execution must work out; the text names it."""


class NotWritten(Exception):
    """The value is not as described."""


def of_field(type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Writer:
    """Compile the writer for what some field nodes select of a value of this type."""
    written = _of(type_, details, collect)

    def checked(value: object) -> object:
        try:
            return written(value)
        except _MISSES as error:
            raise NotWritten from error

    return checked


def _of(type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Writer:
    if isinstance(type_, GraphQLNonNull):
        return _of_present(type_.of_type, details, collect)
    present = _of_present(type_, details, collect)
    return lambda value: None if value is None else present(value)


def _of_present(type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Writer:
    match type_:
        case GraphQLList():
            return _list(_of(type_.of_type, details, collect))
        case GraphQLObjectType():
            return _record(type_, details, collect)
        case GraphQLUnionType():
            return _choice({described_name(one): _record(one, details, collect) for one in type_.types})
        case GraphQLEnumType():
            return _word(frozenset(type_.values))
        case GraphQLScalarType():
            return _SCALARS.get(type_.name, _text)
        case _:
            raise NotExpressible(f"a field of the type {type_}")


def _list(item: Writer) -> Writer:
    def written(value: object) -> object:
        if type(value) is not list:
            raise NotWritten
        return [item(each) for each in value]

    return written


def _record(named: GraphQLObjectType, details: FieldDetailsList, collect: Collect) -> Writer:
    members: list[tuple[str, str, Writer]] = []
    for key, below in collect(named, details).items():
        name = below[0].node.name.value
        field = named.fields.get(name)
        if field is not None and LINKED in field.extensions:
            raise NotExpressible(f"the linked field {named.name}.{name}")
        members.append((key, name, _constant(named.name) if field is None else _of(field.type, below, collect)))

    def written(value: Any) -> object:
        given = value.get
        return {key: write(given(name)) for key, name, write in members}

    return written


def _choice(members: Mapping[str, Writer]) -> Writer:
    return lambda value: members[value["__typename"]](value)


def _constant(text: str) -> Writer:
    return lambda _value: text


def _word(words: frozenset[str]) -> Writer:
    def written(value: object) -> object:
        if value not in words:
            raise NotWritten
        return value

    return written


def _text(value: object) -> object:
    if type(value) is not str:
        raise NotWritten
    return value


def _flag(value: object) -> object:
    if type(value) is not bool:
        raise NotWritten
    return value


def _integer(value: object) -> object:
    if type(value) is not int or not -INT_MAX - 1 <= value <= INT_MAX:
        raise NotWritten
    return value


def _number(value: object) -> object:
    if type(value) is not float or not math.isfinite(value):
        raise NotWritten
    return value


def _anything(value: object) -> object:
    return value


_SCALARS: Mapping[str, Writer] = {
    GraphQLString.name: _text,
    GraphQLBoolean.name: _flag,
    GraphQLInt.name: _integer,
    GraphQLFloat.name: _number,
    SCALARS[Scalar.JSON].name: _anything,
}
"""All others are texts that are shown as they are."""
