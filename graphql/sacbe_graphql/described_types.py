"""GraphQL types of one description: what a WSDL or OpenAPI document offers, as fields.

A pure function from a Description to fields. Argument and record fields keep what the document
says (required is non-null, lists stay lists, enumerations stay closed, documentation becomes
descriptions). The result of an operation is always nullable, so that one ministry's failure takes
no other ministry's answer with it.

Types are made when first reached and refer to each other lazily, since records may hold themselves.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLField,
    GraphQLFieldResolver,
    GraphQLFloat,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNamedInputType,
    GraphQLNamedOutputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
    validate_schema,
)

from sacbe_graphql.scalars import SCALARS
from sacbe_graphql.type_names import TypeNames
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, NamedType, Operation, Record, Scalar
from sacbe_terms.errors import DescriptionNotReadable
from sacbe_terms.identifiers import DataServiceId

OFFERED = "sacbe.offered"
"""Key in `GraphQLField.extensions` under which a field's Offered stands."""

DESCRIBED_NAME = "sacbe.name"
"""Key in a type's `extensions` under which its name in the description stands."""

_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")

SCALAR_TYPES: Mapping[str, GraphQLScalarType] = {
    Scalar.STRING: GraphQLString,
    Scalar.BOOLEAN: GraphQLBoolean,
    Scalar.INT: GraphQLInt,
    Scalar.FLOAT: GraphQLFloat,
    **{scalar.value: type_ for scalar, type_ in SCALARS.items()},
}
"""GraphQL's type for each `descriptions.Scalar`, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The operation that an exchange field stands for."""

    service: DataServiceId
    operation: Operation
    description: Description


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The fields of operations by alias, apart by whether they change something."""

    reads: dict[str, GraphQLField] = field(default_factory=dict)
    changes: dict[str, GraphQLField] = field(default_factory=dict)


def offered(
    description: Description, service: DataServiceId, names: TypeNames, *, resolve: GraphQLFieldResolver
) -> Offer:
    """Give the fields of a description, valid as a schema; raises DescriptionNotReadable where they cannot be."""
    types, offer = DescribedTypes(description, names.give), Offer()
    check_names(str(service), (operation.alias for operation in description.operations))
    for operation in description.operations:
        fields = offer.reads if operation.reads else offer.changes
        fields[operation.alias] = types.operation_field(service, operation, resolve)
    part = GraphQLSchema(query=GraphQLObjectType("Query", {**offer.reads, **offer.changes}))
    problems = validate_schema(part)
    if problems:
        raise _unusable(str(service), problems[0].message)
    return offer


def member_field(member: str) -> str:
    """Give the field of a choice's input that takes this member."""
    return member[:1].lower() + member[1:]


class DescribedTypes:
    """The GraphQL types of one description.

    `name` gives a type its name in the schema, once per type; it keeps apart what several
    providers call the same.
    """

    def __init__(self, description: Description, name: Callable[[str], str]) -> None:
        self._description = description
        self._name = name
        self._outputs: dict[str, GraphQLNamedOutputType] = dict(SCALAR_TYPES)
        self._inputs: dict[str, GraphQLNamedInputType] = dict(SCALAR_TYPES)

    def operation_field(
        self, service: DataServiceId, operation: Operation, resolve: GraphQLFieldResolver
    ) -> GraphQLField:
        """Give the field of one operation; raises DescriptionNotReadable for what has no GraphQL form."""
        if operation.arguments:
            check_names(operation.alias, (field.name for field in operation.arguments))
        return GraphQLField(
            _wrapped(self._output(operation.result.type), operation.result, is_non_null=False),
            args={field.name: self._argument(field) for field in operation.arguments},
            resolve=resolve,
            description=operation.documentation or None,
            extensions={OFFERED: Offered(service=service, operation=operation, description=self._description)},
        )

    def _argument(self, field: Field) -> GraphQLArgument:
        type_ = _member(self._input(field.type), field)
        return GraphQLArgument(type_, default=self._default(field), description=field.documentation or None)

    def _input_field(self, field: Field) -> GraphQLInputField:
        type_ = _member(self._input(field.type), field)
        return GraphQLInputField(type_, default=self._default(field), description=field.documentation or None)

    def _output_field(self, field: Field) -> GraphQLField:
        return GraphQLField(_member(self._output(field.type), field), description=field.documentation or None)

    def _default(self, field: Field) -> GraphQLDefaultInput | None:
        return _default(field, self._description.types.get(field.type))

    def _output(self, name: str) -> GraphQLNamedOutputType:
        if name not in self._outputs:
            named = self._described(name)
            match named:
                case Enumeration():
                    self._outputs[name] = self._enumeration(name, named)
                case Record():
                    self._outputs[name] = self._record(named)
                case Choice():
                    self._outputs[name] = self._union(named)
        return self._outputs[name]

    def _input(self, name: str) -> GraphQLNamedInputType:
        if name not in self._inputs:
            named = self._described(name)
            match named:
                case Enumeration():
                    self._inputs[name] = self._enumeration(name, named)
                case Record():
                    self._inputs[name] = self._record_input(named)
                case Choice():
                    self._inputs[name] = self._choice_input(named)
        return self._inputs[name]

    def _described(self, name: str) -> NamedType:
        named = self._description.types.get(name)
        if named is None:
            raise _unusable(name, "a field has this type, and the description has no such type")
        return named

    def _enumeration(self, key: str, named: Enumeration) -> GraphQLEnumType:
        made = self._inputs.get(key) or self._outputs.get(key)
        if isinstance(made, GraphQLEnumType):
            return made
        check_names(named.name, (value.name for value in named.values))
        return GraphQLEnumType(
            self._name(named.name),
            {value.name: _enumeration_value(value.name, value.wire, value.documentation) for value in named.values},
            description=named.documentation or None,
        )

    def _record(self, named: Record) -> GraphQLNamedOutputType:
        if not named.fields:
            return SCALARS[Scalar.JSON]  # GraphQL has no type without fields; its value is an empty object
        check_names(named.name, (field.name for field in named.fields))
        return GraphQLObjectType(
            self._name(named.name),
            lambda: {field.name: self._output_field(field) for field in named.fields},
            description=named.documentation or None,
            extensions={DESCRIBED_NAME: named.name},
        )

    def _record_input(self, named: Record) -> GraphQLNamedInputType:
        if not named.fields:
            return SCALARS[Scalar.JSON]
        check_names(named.name, (field.name for field in named.fields))
        return GraphQLInputObjectType(
            self._name(f"{named.name}Input"),
            lambda: {field.name: self._input_field(field) for field in named.fields},
            description=named.documentation or None,
        )

    def _members(self, named: Choice) -> tuple[Record, ...]:
        members = tuple(self._described(member) for member in named.members)
        records = tuple(member for member in members if isinstance(member, Record) and member.fields)
        if not records or len(records) != len(members):
            raise _unusable(named.name, "a choice must be between records that have fields")
        return records

    def _union(self, named: Choice) -> GraphQLUnionType:
        records = self._members(named)
        types: dict[str, GraphQLObjectType] = {}
        for key, record in zip(named.members, records, strict=True):
            member = self._output(key)
            assert isinstance(member, GraphQLObjectType)
            types[record.name] = member

        def which(value: dict[str, object], _info: GraphQLResolveInfo[Any], _type: object) -> str | None:
            member = types.get(str(value.get("__typename")))
            return None if member is None else member.name

        return GraphQLUnionType(
            self._name(named.name), tuple(types.values()), resolve_type=which, description=named.documentation or None
        )

    def _choice_input(self, named: Choice) -> GraphQLInputObjectType:
        records = self._members(named)

        def fields() -> dict[str, GraphQLInputField]:
            return {
                member_field(record.name): GraphQLInputField(self._input(key), description=record.documentation or None)
                for key, record in zip(named.members, records, strict=True)
            }

        check_names(named.name, (member_field(record.name) for record in records))
        return GraphQLInputObjectType(
            self._name(f"{named.name}Input"), fields, is_one_of=True, description=named.documentation or None
        )


def _enumeration_value(name: str, wire: str, documentation: str) -> GraphQLEnumValue:
    on_wire = f"`{wire}` on the wire." if wire != name else ""
    return GraphQLEnumValue(name, description=" ".join(filter(None, (documentation, on_wire))) or None)


def _wrapped(named: Any, field: Field, *, is_non_null: bool) -> Any:
    """Put a named type into the field's lists; graphql-core's wrappers are typed too narrowly for a loop."""
    wrapped = named
    for depth in range(field.list_depth):
        items_nullable = field.items_nullable and depth == 0
        wrapped = GraphQLList(wrapped if items_nullable else GraphQLNonNull(wrapped))
    return GraphQLNonNull(wrapped) if is_non_null else wrapped


def _member(named: Any, field: Field) -> Any:
    return _wrapped(named, field, is_non_null=field.is_required and not field.is_nullable)


def _default(field: Field, enumeration: NamedType | None) -> GraphQLDefaultInput | None:
    """Give a single value's default; one that does not fit its type is left to the system behind."""
    if field.default is None or field.list_depth:
        return None
    if isinstance(enumeration, Enumeration):
        names = {value.wire: value.name for value in enumeration.values} | {
            value.name: value.name for value in enumeration.values
        }
        return GraphQLDefaultInput(names[field.default]) if field.default in names else None
    try:
        value = _READ_DEFAULT.get(field.type, str)(field.default)
        SCALAR_TYPES[field.type].coerce_input_value(value)
    except (KeyError, ValueError, GraphQLError):
        return None
    return GraphQLDefaultInput(value)


_READ_DEFAULT: Mapping[str, Callable[[str], object]] = {
    Scalar.INT: int,
    Scalar.FLOAT: float,
    Scalar.BOOLEAN: lambda text: {"true": True, "1": True, "false": False, "0": False}[text],
}


def check_names(owner: str, names: Iterable[str]) -> None:
    """Make sure that these names can stand beside each other in GraphQL; raises DescriptionNotReadable."""
    seen: set[str] = set()
    for name in names:
        if _NAME.fullmatch(name) is None:
            raise _unusable(owner, f"'{name}' is not a name that GraphQL can have")
        if name in seen:
            raise _unusable(owner, f"'{name}' is there twice")
        seen.add(name)
    if not seen:
        raise _unusable(owner, "it has nothing in it")


def _unusable(where: str, reason: str) -> DescriptionNotReadable:
    return DescriptionNotReadable(
        what=f"The description cannot be shown in GraphQL at {where}: {reason}.",
        where=where,
        hint="Register the description again; if it stays so, tell the adapter's maintainers.",
    )
