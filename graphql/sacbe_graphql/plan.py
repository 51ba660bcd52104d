"""A query's exchange part as a value: every call that it needs, before any is made.

Fragments, aliases, `@skip` and `@include`, variables and defaults are worked out here, so the bus
sees plain calls. Reads that ask the same are one call for several response paths; changes stay
apart and in document order, since asking twice for a change means two changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from graphql import GraphQLError, GraphQLField, GraphQLObjectType, GraphQLSchema, get_argument_values, get_named_type
from graphql.execution import VariableValues
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields, collect_subfields

from sacbe_graphql import linked_plan, selection, wire_values
from sacbe_graphql.described_types import OFFERED, Offered
from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.linked_fields import LINK_NAMES
from sacbe_graphql.linked_plan import Branch
from sacbe_graphql.provider_part import IS_ROUTE
from sacbe_graphql.refusal import Refused
from sacbe_graphql.selection import Selection
from sacbe_terms.errors import VariablesNotValid
from sacbe_terms.exchange import Plan, PlannedCall
from sacbe_terms.identifiers import DataServiceId

EMPTY = Plan(calls=())
"""The plan of a query that leaves the ministries alone."""

_Field = tuple[GraphQLField, FieldDetailsList, tuple[str, ...]]
"""An exchange field, its nodes in the query, and its response path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """One exchange field of the query."""

    paths: tuple[str, ...]
    service: DataServiceId
    operation_code: str
    arguments: Mapping[str, object]
    selection: Selection

    @property
    def key(self) -> tuple[DataServiceId, str, bytes]:
        """The same for fields that ask the same."""
        return self.service, self.operation_code, msgspec.json.encode(self.arguments, order="sorted")

    def planned(self) -> PlannedCall:
        return PlannedCall(
            paths=self.paths,
            service=self.service,
            operation_code=self.operation_code,
            arguments=self.arguments,
            fields=selection.printed(self.selection),
        )


def branches(schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues) -> dict[str, Branch]:
    """Give the linked fields below each exchange field, by its response path; nothing where none is asked for."""
    names: frozenset[str] = schema.extensions.get(LINK_NAMES, frozenset())
    if names.isdisjoint(operation.mentioned):
        return {}
    return dict(_Planner(schema, operation, variables).branches())


def plan(schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues) -> Plan:
    """Give the calls that an operation needs; raises Refused where an argument does not hold."""
    if "exchange" not in operation.mentioned:
        return EMPTY
    asked = _Planner(schema, operation, variables).asked()
    calls = asked if operation.is_changing else _merged(asked)
    return Plan(calls=tuple(call.planned() for call in calls), is_changing=operation.is_changing)


def _merged(asked: Iterator[_Asked]) -> Iterator[_Asked]:
    merged: dict[object, _Asked] = {}
    for one in asked:
        same = merged.get(one.key)
        merged[one.key] = one if same is None else _both(same, one)
    yield from merged.values()


def _both(one: _Asked, other: _Asked) -> _Asked:
    return replace(one, paths=(*one.paths, *other.paths), selection=selection.together(one.selection, other.selection))


class _Planner:
    """Walks from the root through `exchange` and the providers to the exchange fields."""

    def __init__(self, schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues) -> None:
        self._schema = schema
        self._operation = operation
        self._variables = variables

    def asked(self) -> Iterator[_Asked]:
        """Give every exchange field of the query, in its order."""
        for field, details, path in self._fields():
            yield self._asked(field, details, path)

    def branches(self) -> Iterator[tuple[str, Branch]]:
        """Give the response path of each exchange field with the linked fields below, where there are any."""
        for field, details, path in self._fields():
            found = linked_plan.branch(field.type, details, self._collect)
            if found:
                yield ".".join(path), found

    def _fields(self) -> Iterator[_Field]:
        root = self._schema.get_root_type(self._operation.node.operation)
        assert root is not None
        grouped = collect_fields(
            self._schema, self._operation.fragments, self._variables, root, self._operation.node
        ).grouped_field_set
        yield from self._below(root, grouped, ())

    def _collect(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return collect_subfields(
            self._schema, self._operation.fragments, self._variables, self._operation.node, type_, details
        ).grouped_field_set

    def _below(self, type_: GraphQLObjectType, grouped: GroupedFieldSet, path: tuple[str, ...]) -> Iterator[_Field]:
        for key, details in grouped.items():
            field = type_.fields.get(details[0].node.name.value)
            if field is None:
                continue  # __typename
            named = get_named_type(field.type)
            if OFFERED in field.extensions:
                yield field, details, (*path, key)
            elif isinstance(named, GraphQLObjectType) and named.extensions.get(IS_ROUTE):
                yield from self._below(named, self._collect(named, details), (*path, key))

    def _asked(self, field: GraphQLField, details: FieldDetailsList, path: tuple[str, ...]) -> _Asked:
        offered: Offered = field.extensions[OFFERED]
        return _Asked(
            paths=(".".join(path),),
            service=offered.service,
            operation_code=offered.operation.code,
            arguments=wire_values.of_fields(
                offered.operation.arguments, self._arguments(field, details, path), offered.description
            ),
            selection=selection.of(field.type, details, self._collect),
        )

    def _arguments(self, field: GraphQLField, details: FieldDetailsList, path: tuple[str, ...]) -> dict[str, Any]:
        try:
            return get_argument_values(field, details[0].node, self._variables)
        except GraphQLError as error:
            error.path = list(path)
            hint = "Give the variable a value."
            raise Refused.at(error, kind=VariablesNotValid, hint=hint) from error
