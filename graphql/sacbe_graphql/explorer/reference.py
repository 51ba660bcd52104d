"""The schema as pages to read: roots and shared types on one, each provider's operations on pages of their own.

A type stands on the page of what leads to it: on the first, if a root does without going through a
provider, else on every page whose operations use it; scalars are everybody's. So no page grows with
what others publish.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    print_ast,
)
from graphql.utilities.ast_from_value import ast_from_value

from sacbe_graphql.described_types import OFFERED, Offered
from sacbe_graphql.provider_part import IS_ROUTE

OPERATIONS_MAX = 100
"""On one page of a provider."""

EXCHANGE = "exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeShown:
    """A type as it is written at a field, in three parts: only the name in the middle leads somewhere."""

    before: str
    name: str
    after: str
    is_shared: bool
    """It stands on the first page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberShown:
    """A field, an argument, an input field or a value."""

    name: str
    description: str
    deprecation: str | None
    type: TypeShown | None = None
    default: str = ""
    arguments: tuple["MemberShown", ...] = ()
    service: str = ""
    """The data service, where the field is an operation."""
    is_personal: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedShown:
    """A type with all that it has."""

    kind: str
    name: str
    description: str
    members: tuple[MemberShown, ...]
    possible: tuple[TypeShown, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderShown:
    """A provider on the first page."""

    alias: str
    title: str
    operations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstPage:
    """Roots, providers, and the types that do not come from a provider."""

    roots: tuple[NamedShown, ...]
    providers: tuple[ProviderShown, ...]
    types: tuple[NamedShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderPage:
    """Operations of one provider, with the types that they use."""

    provider: ProviderShown
    start: int
    reads: tuple[MemberShown, ...]
    changes: tuple[MemberShown, ...]
    types: tuple[NamedShown, ...]

    @property
    def following(self) -> int | None:
        """Where the next page starts."""
        after = self.start + OPERATIONS_MAX
        return after if after < self.provider.operations else None

    @property
    def preceding(self) -> int | None:
        """Where the page before starts."""
        return max(0, self.start - OPERATIONS_MAX) if self.start else None


def first_page(schema: GraphQLSchema) -> FirstPage:
    """Give the page that leads to the others."""
    shared = _shared(schema)
    roots = [root for root in _roots(schema) if root is not None]
    names = {root.name for root in roots}
    return FirstPage(
        roots=tuple(_named(root, shared) for root in roots),
        providers=tuple(_provider(alias, *fields) for alias, fields in _providers(schema).items()),
        types=tuple(_named(shared[name], shared) for name in sorted(shared) if name not in names),
    )


def provider_page(schema: GraphQLSchema, alias: str, start: int) -> ProviderPage | None:
    """Give a page of a provider's operations from the `start`th on, or None if there is nothing."""
    fields = _providers(schema).get(alias)
    if fields is None:
        return None
    reads, changes = (list(_fields(each)) for each in fields)
    wanted = [*((True, *each) for each in reads), *((False, *each) for each in changes)][start : start + OPERATIONS_MAX]
    if not wanted:
        return None
    shared = _shared(schema)
    used = _reachable([field for _, _, field in wanted])
    return ProviderPage(
        provider=_provider(alias, *fields),
        start=start,
        reads=tuple(_field(name, field, shared) for is_read, name, field in wanted if is_read),
        changes=tuple(_field(name, field, shared) for is_read, name, field in wanted if not is_read),
        types=tuple(_named(used[name], shared) for name in sorted(used) if name not in shared),
    )


def _roots(schema: GraphQLSchema) -> tuple[GraphQLObjectType | None, ...]:
    return schema.query_type, schema.mutation_type, schema.subscription_type


def _providers(schema: GraphQLSchema) -> dict[str, tuple[GraphQLField | None, GraphQLField | None]]:
    """Give the fields of each provider below `exchange`: that of reads and that of changes."""
    reads, changes = (dict(_routes(root)) for root in (schema.query_type, schema.mutation_type))
    return {alias: (reads.get(alias), changes.get(alias)) for alias in sorted(reads.keys() | changes.keys())}


def _routes(root: GraphQLObjectType | None) -> Iterator[tuple[str, GraphQLField]]:
    exchange = None if root is None else root.fields.get(EXCHANGE)
    for name, field in _fields(exchange):
        if _is_route(field):
            yield name, field


def _is_route(field: GraphQLField) -> bool:
    named = get_named_type(field.type)
    return bool(named.extensions.get(IS_ROUTE))


def _fields(field: GraphQLField | None) -> Iterator[tuple[str, GraphQLField]]:
    named = None if field is None else get_named_type(field.type)
    if isinstance(named, GraphQLObjectType):
        yield from named.fields.items()


def _provider(alias: str, reads: GraphQLField | None, changes: GraphQLField | None) -> ProviderShown:
    title = next((field.description for field in (reads, changes) if field and field.description), alias)
    count = sum(1 for field in (reads, changes) for _ in _fields(field))
    return ProviderShown(alias=alias, title=title or alias, operations=count)


def _shared(schema: GraphQLSchema) -> dict[str, GraphQLNamedType]:
    """Give the types that are reached from a root without going through a provider, and every scalar."""
    found = {root.name: root for root in _roots(schema) if root is not None}
    below: list[GraphQLField] = []
    for root in found.values():
        below += root.fields.values()
        below += [field for _, field in _fields(root.fields.get(EXCHANGE)) if not _is_route(field)]
    scalars = {name: named for name, named in schema.type_map.items() if isinstance(named, GraphQLScalarType)}
    return {**_reachable(below), **scalars, **found}


def _reachable(fields: Iterable[GraphQLField]) -> dict[str, GraphQLNamedType]:
    """Give every type that these fields lead to, by name; providers are not entered."""
    found: dict[str, GraphQLNamedType] = {}
    waiting = [named for field in fields for named in _leading(field)]
    while waiting:
        named = waiting.pop()
        if named.name not in found:
            found[named.name] = named
            waiting += _below(named)
    return found


def _leading(field: GraphQLField) -> list[GraphQLNamedType]:
    arguments = [get_named_type(argument.type) for argument in field.args.values()]
    return [get_named_type(field.type), *arguments]


def _below(named: GraphQLNamedType) -> list[GraphQLNamedType]:
    if isinstance(named, GraphQLUnionType):
        return list(named.types)
    if isinstance(named, GraphQLInputObjectType):
        return [get_named_type(field.type) for field in named.fields.values()]
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        return [each for field in named.fields.values() if not _is_route(field) for each in _leading(field)]
    return []


_KINDS: Mapping[type, str] = {
    GraphQLObjectType: "type",
    GraphQLInterfaceType: "interface",
    GraphQLUnionType: "union",
    GraphQLEnumType: "enum",
    GraphQLInputObjectType: "input",
}

Shared = Mapping[str, GraphQLNamedType]


def _named(named: GraphQLNamedType, shared: Shared) -> NamedShown:
    possible = named.types if isinstance(named, GraphQLUnionType) else ()
    return NamedShown(
        kind=_KINDS.get(type(named), "scalar"),
        name=named.name,
        description=named.description or "",
        members=tuple(_members(named, shared)),
        possible=tuple(_type(each, shared) for each in possible),
    )


def _members(named: GraphQLNamedType, shared: Shared) -> Iterator[MemberShown]:
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        yield from (_field(name, field, shared) for name, field in named.fields.items() if not _is_provider(field))
    elif isinstance(named, GraphQLInputObjectType):
        yield from (_given(name, field, shared) for name, field in named.fields.items())
    elif isinstance(named, GraphQLEnumType):
        for name, value in named.values.items():
            yield MemberShown(name=name, description=value.description or "", deprecation=value.deprecation_reason)


def _is_provider(field: GraphQLField) -> bool:
    """Say whether a field leads to operations: those have pages of their own."""
    return any(OFFERED in below.extensions for _, below in _fields(field))


def _field(name: str, field: GraphQLField, shared: Shared) -> MemberShown:
    offered: Offered | None = field.extensions.get(OFFERED)
    return MemberShown(
        name=name,
        description=field.description or "",
        deprecation=field.deprecation_reason,
        type=_type(field.type, shared),
        arguments=tuple(_given(each, argument, shared) for each, argument in field.args.items()),
        service=str(offered.service) if offered else "",
        is_personal=offered.operation.is_personal if offered else False,
    )


def _given(name: str, given: GraphQLArgument | GraphQLInputField, shared: Shared) -> MemberShown:
    return MemberShown(
        name=name,
        description=given.description or "",
        deprecation=given.deprecation_reason,
        type=_type(given.type, shared),
        default=_default(given),
    )


def _default(given: GraphQLArgument | GraphQLInputField) -> str:
    """Give the default as a query writes it.

    A schema that was read has it in `default`, strawberry's in `default_value`.
    """
    if given.default is not None and given.default.literal is not None:
        return print_ast(given.default.literal)
    value = given.default_value if given.default is None else given.default.value
    literal = None if value is Undefined else ast_from_value(value, given.type)
    return "" if literal is None else print_ast(literal)


def _type(type_: object, shared: Shared) -> TypeShown:
    written = str(type_)
    before = written[: len(written) - len(written.lstrip("["))]
    name = written.strip("[]!")
    return TypeShown(before=before, name=name, after=written[len(before) + len(name) :], is_shared=name in shared)
