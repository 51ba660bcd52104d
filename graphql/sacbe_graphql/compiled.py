"""A ready operation compiled: how its answer is put together, without a resolver.

The catalogue's fields are one statement whose JSON goes into the answer as it is; exchange fields
are written from what their calls gave. An operation with anything else in it (`NotExpressible`),
and an answer in which anything went wrong (`NotWritten`), is left to execution: it gives the same
bytes, and the errors beside them, as the specification says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type
from graphql.execution import VariableValues
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields, collect_subfields

from sacbe_catalog.reading import CatalogueReader, Prepared
from sacbe_graphql import catalogue_parts, writers
from sacbe_graphql.catalogue_parts import CataloguePart
from sacbe_graphql.described_types import OFFERED
from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.provider_part import IS_ROUTE
from sacbe_graphql.writers import NotExpressible, NotWritten, Writer
from sacbe_terms.exchange import Outcome

PLANS_MAX = 8
"""Compiled forms that are kept of one operation: each combination of `@skip` and `@include` has its own."""

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class CallPart:
    """An exchange field: the response path under which its outcome is found, and its writer."""

    path: str
    write: Writer


Written: TypeAlias = str | CallPart | Mapping[str, "Written"]
"""A constant, a call's result, or an object around such."""


@dataclass(slots=True)
class Compiled:
    """How to put an operation's answer together."""

    members: Mapping[str, CataloguePart | Written]
    """By response key, in the order of the answer."""
    is_constant: bool
    """Whether the operation has no variables, so that it always asks the same."""
    reads: tuple[CataloguePart, ...] = ()
    """What is asked of the catalogue, in the order of the answer."""
    _prepared: Prepared | None = None

    def prepared(self, catalogue: CatalogueReader, variables: VariableValues) -> Prepared:
        """Prepare what is read of the catalogue; raises what it refuses."""
        if self._prepared is not None and self._prepared.lexicon_version == catalogue.lexicons.version:
            return self._prepared
        asked = catalogue.prepared([(part.question(variables), part.wanted) for part in self.reads])
        if self.is_constant:
            self._prepared = asked
        return asked


def of(schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues) -> Compiled | NotExpressible:
    """Give the compiled operation for these variables, or the reason why there is none; kept with the operation."""
    key = tuple(variables.coerced.get(name) for name in sorted(operation.conditions))
    found = operation.plans.get(key)
    if found is None:
        found = _compiled(schema, operation, variables)
        if len(operation.plans) < PLANS_MAX:
            operation.plans[key] = found
    assert isinstance(found, Compiled | NotExpressible)
    return found


def _compiled(schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues) -> Compiled | NotExpressible:
    try:
        members = dict(_Compiler(schema, operation, variables).members())
    except NotExpressible as reason:
        return reason
    reads = tuple(member for member in members.values() if isinstance(member, CataloguePart))
    return Compiled(members, is_constant=not operation.node.variable_definitions, reads=reads)


async def data(
    plan: Compiled, catalogue: CatalogueReader, variables: VariableValues, outcomes: Mapping[str, Outcome]
) -> bytes:
    """Give the JSON of the answer's `data`; raises NotWritten where execution must say what is wrong."""
    written = {
        key: _encode(_written(member, outcomes))
        for key, member in plan.members.items()
        if not isinstance(member, CataloguePart)
    }
    texts = iter(await _read(plan, catalogue, variables) if plan.reads else ())
    parts = (b'"%b":%b' % (key.encode(), written.get(key) or next(texts).encode()) for key in plan.members)
    return b"{" + b",".join(parts) + b"}"


async def _read(plan: Compiled, catalogue: CatalogueReader, variables: VariableValues) -> list[str]:
    try:
        return await catalogue.read(plan.prepared(catalogue, variables))
    except Exception as error:  # execution meets it again, at its field
        raise NotWritten from error


def _written(member: Written, outcomes: Mapping[str, Outcome]) -> object:
    if isinstance(member, str):
        return member
    if isinstance(member, CallPart):
        return _result(member, outcomes[member.path])
    return {key: _written(below, outcomes) for key, below in member.items()}


def _result(part: CallPart, outcome: Outcome) -> object:
    if outcome.error is not None or outcome.problems:
        raise NotWritten
    return part.write(outcome.value)


class _Compiler:
    """Walks from the root to the fields that are answered."""

    def __init__(self, schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues) -> None:
        self._schema = schema
        self._operation = operation
        self._variables = variables

    def members(self) -> Iterator[tuple[str, CataloguePart | Written]]:
        root = self._schema.get_root_type(self._operation.node.operation)
        assert root is not None
        grouped = collect_fields(
            self._schema, self._operation.fragments, self._variables, root, self._operation.node
        ).grouped_field_set
        for key, details in grouped.items():
            yield key, self._member(root, key, details)

    def _member(self, root: GraphQLObjectType, key: str, details: FieldDetailsList) -> CataloguePart | Written:
        field = root.fields.get(details[0].node.name.value)
        named = field and get_named_type(field.type)
        if field is None or (isinstance(named, GraphQLObjectType) and named.extensions.get(IS_ROUTE)):
            return self._below(root, details, (key,))
        if self._operation.is_changing:
            raise NotExpressible(f"the root field {details[0].node.name.value}")
        return catalogue_parts.of_field(field, details, self._collect)

    def _below(self, owner: GraphQLObjectType, details: FieldDetailsList, path: tuple[str, ...]) -> Written:
        """Compile a field on the way to the exchange, or one of its calls."""
        name = details[0].node.name.value
        if name == "__typename":
            return owner.name
        field = owner.fields[name]
        named = get_named_type(field.type)
        if OFFERED in field.extensions:
            return CallPart(".".join(path), writers.of_field(field.type, details, self._collect))
        if isinstance(named, GraphQLObjectType) and named.extensions.get(IS_ROUTE):
            return {
                key: self._below(named, below, (*path, key)) for key, below in self._collect(named, details).items()
            }
        raise NotExpressible(f"the field {owner.name}.{name}")

    def _collect(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        return collect_subfields(
            self._schema, self._operation.fragments, self._variables, self._operation.node, type_, details
        ).grouped_field_set
