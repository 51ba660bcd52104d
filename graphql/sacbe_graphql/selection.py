"""What was asked of a result, as a value: field names, without aliases, fragments or variables.

It travels with the call, so that a provider's side can check field rights and give no more.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from graphql import GraphQLObjectType, GraphQLOutputType, get_named_type, is_object_type, is_union_type
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet

from sacbe_graphql.described_types import DESCRIBED_NAME
from sacbe_terms.identifiers import DataServiceId
from sacbe_terms.links import Batch

Selection = dict[str, "Selection"]
"""Field names (or `... on Member`) with what is selected below; empty for a scalar."""

NOTHING: Selection = {"__typename": {}}
"""Stands where every field was skipped: an empty selection would ask for the whole."""

Collect = Callable[[GraphQLObjectType, FieldDetailsList], GroupedFieldSet]
"""graphql-core's collecting of subfields, with one query's fragments and variables in it."""

LINKED = "sacbe.linked"
"""Key in `GraphQLField.extensions` under which a field's Linked stands, if another operation gives it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """The operation that gives a linked field's values, and what it needs of the record."""

    service: DataServiceId
    operation_code: str
    sources: Mapping[str, tuple[str, ...]]
    """The way through the record to each argument."""
    constants: Mapping[str, object]
    inputs: Selection
    """What the record is asked for, though nobody selects it."""
    batch: Batch | None
    keys_max: int


def of(type_: GraphQLOutputType, details: FieldDetailsList, collect: Collect) -> Selection:
    """Give what these field nodes select of a value of this type."""
    named = get_named_type(type_)
    if is_object_type(named):
        return _of_object(named, collect(named, details), collect) or NOTHING
    if is_union_type(named):
        members = {
            described_name(member): _of_object(member, collect(member, details), collect) for member in named.types
        }
        return {f"... on {name}": selected for name, selected in members.items() if selected} or NOTHING
    return {}


def described_name(named: GraphQLObjectType) -> str:
    """Give a type's name in its description."""
    return str(named.extensions.get(DESCRIBED_NAME, named.name))


def _of_object(named: GraphQLObjectType, grouped: GroupedFieldSet, collect: Collect) -> Selection:
    selected: Selection = {}
    for details in grouped.values():
        name = details[0].node.name.value
        field = named.fields.get(name)
        linked: Linked | None = None if field is None else field.extensions.get(LINKED)
        if linked is not None:
            selected = together(selected, linked.inputs)
            continue
        below = {} if field is None else of(field.type, details, collect)  # __typename is in no type's fields
        selected[name] = together(selected.get(name, {}), below)
    return selected


def together(one: Selection, other: Selection) -> Selection:
    """Give what either selects."""
    return {name: together(one.get(name, {}), other.get(name, {})) for name in dict.fromkeys((*one, *other))}


def printed(selection: Selection) -> str:
    """Print a selection as GraphQL: `{ nombres direccion { calle } }`; empty for none."""
    if not selection:
        return ""
    parts: Sequence[str] = [f"{name} {printed(below)}".rstrip() for name, below in selection.items()]
    return f"{{ {' '.join(parts)} }}"
