"""The catalogue's root fields, compiled: each is a question, and a projection of its answer.

The database writes the JSON of what was selected, and nobody reads it before the caller does.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    get_argument_values,
    get_named_type,
    get_nullable_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution import VariableValues
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from sacbe_catalog import questions, views
from sacbe_catalog.projection import Branch, Constant, Leaf, Member, Projection, Spelling
from sacbe_catalog.questions import Question
from sacbe_graphql.queries import LANGUAGE, PAGE_RECORDS, SUGGESTIONS
from sacbe_graphql.selection import Collect
from sacbe_graphql.writers import NotExpressible

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CataloguePart:
    """One root field."""

    field: GraphQLField
    node: FieldNode
    wanted: Projection

    def question(self, variables: VariableValues) -> Question:
        """Give the question that is asked with these variables.

        Raises what the catalogue refuses, and GraphQLError for an argument that a variable leaves out.
        """
        return QUESTIONS[self.node.name.value](get_argument_values(self.field, self.node, variables))


def of_field(field: GraphQLField, details: FieldDetailsList, collect: Collect) -> CataloguePart:
    """Compile a root field of the catalogue; raises NotExpressible."""
    node = details[0].node
    if node.name.value not in QUESTIONS:
        raise NotExpressible(f"the root field {node.name.value}")
    return CataloguePart(field, node, _projection(field, details, collect))


# Projections --------------------------------------------------------------------------------

_RESOLVED: Final[Mapping[str, tuple[str, Spelling]]] = {
    "Text.field": ("field", Spelling.CAMEL_CASE),
    "Quality.missing": ("missing", Spelling.CAMEL_CASE),
    "PublicService.notKnown": ("not_known", Spelling.CAMEL_CASE),
    **{
        f"{listed}Connection.{name}": (name_of_page, Spelling.AS_IT_IS)
        for listed in ("PublicService", "Institution")
        for name, name_of_page in (("edges", "edges"), ("pageInfo", "page_info"))
    },
}
"""Fields whose value is not simply an attribute: where it stands in the view or page, and how it is written."""


def _projection(field: GraphQLField, details: FieldDetailsList, collect: Collect) -> Projection:
    named = get_named_type(field.type)
    assert isinstance(named, GraphQLObjectType)
    return tuple(_member(named, key, below, collect) for key, below in collect(named, details).items())


def _member(owner: GraphQLObjectType, key: str, details: FieldDetailsList, collect: Collect) -> Member:
    name = details[0].node.name.value
    if name == "__typename":
        return Constant(key, msgspec.json.encode(owner.name).decode())
    field = owner.fields[name]
    stands, spelling = _place(owner, name, field)
    named = get_named_type(field.type)
    if isinstance(named, GraphQLObjectType):
        is_list = is_list_type(get_nullable_type(field.type))
        return Branch(key, stands, _projection(field, details, collect), is_list)
    if isinstance(named, GraphQLEnumType):
        return Leaf(key, stands, words=_words(named))
    return Leaf(key, stands, spelling)


def _place(owner: GraphQLObjectType, name: str, field: GraphQLField) -> tuple[str, Spelling]:
    """Say where a field's value stands; raises NotExpressible where a resolver works it out."""
    declared = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    if isinstance(declared, StrawberryField) and declared.is_basic_field:
        is_text = not is_non_null_type(field.type)
        return declared.python_name, Spelling.EMPTY_IS_NULL if is_text else Spelling.AS_IT_IS
    if f"{owner.name}.{name}" in _RESOLVED:
        return _RESOLVED[f"{owner.name}.{name}"]
    raise NotExpressible(f"the field {owner.name}.{name}")


def _words(named: GraphQLEnumType) -> tuple[tuple[str, str], ...]:
    return tuple((str(getattr(value.value, "value", value.value)), name) for name, value in named.values.items())


# Questions ----------------------------------------------------------------------------------


def _services(given: Arguments) -> Question:
    return questions.services(
        query=given.get("query"), filter=_filter(given.get("filter")), after=given.get("after"), **_usual(given)
    )


def _institutions(given: Arguments) -> Question:
    return questions.institutions(query=given.get("query"), after=given.get("after"), **_usual(given))


def _suggest(given: Arguments) -> Question:
    return questions.suggest(given["prefix"], **_usual(given, first=SUGGESTIONS))


def _events(given: Arguments) -> Question:
    kind = given.get("kind")
    return questions.events(kind=None if kind is None else str(kind.value), language=_language(given))


def _usual(given: Arguments, first: int = PAGE_RECORDS) -> dict[str, Any]:
    asked = given.get("first")
    return {"language": _language(given), "first": first if asked is None else asked}


def _language(given: Arguments) -> str:
    return given.get("language") or LANGUAGE


def _filter(given: Arguments | None) -> views.ServiceFilter:
    given = given or {}
    lists = ("institutions", "events", "channels", "areas", "audiences")
    return views.ServiceFilter(
        **{name: tuple(given.get(name) or ()) for name in lists}, free_of_charge=given.get("freeOfCharge")
    )


QUESTIONS: Final[Mapping[str, Callable[[Arguments], Question]]] = {
    "services": _services,
    "service": lambda given: questions.service(given["identifier"], language=_language(given)),
    "institutions": _institutions,
    "institution": lambda given: questions.institution(given["identifier"], language=_language(given)),
    "events": _events,
    "suggest": _suggest,
}
"""The root fields that are compiled, and the question that each asks with its arguments."""
