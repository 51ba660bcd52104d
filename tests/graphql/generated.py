"""Queries made at random over the whole schema: every object, every union, aliases, fragments, conditions, pages."""

from collections.abc import Iterator, Mapping
from random import Random

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

DEPTH_MAX = 6
FIELDS_MAX = 4

VARIABLES = {"yes": "Boolean!", "no": "Boolean!", "first": "Int", "language": "String", "kind": "EventKind"}

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "Query.services": (
        "",
        "(first: 3)",
        "(first: $first, language: $language)",
        '(query: "renovar licencia", first: 4)',
        '(query: "de la")',
        '(query: "xyzzy")',
        '(filter: {institutions: ["renap"]}, first: 5)',
        '(filter: {institutions: ["renap", "sat"], freeOfCharge: true})',
        '(filter: {events: ["casarse"], channels: ["online"]}, language: "en")',
        '(filter: {institutions: ["renap"], audiences: ["citizens"], areas: ["GT"]})',
        '(filter: {institutions: ["nobody"]})',
        "(first: 0)",
        "(first: 101)",
        '(after: "nonsense")',
        "(first: null, language: null, query: null, filter: null)",
    ),
    "Query.service": (
        '(identifier: "dpi-primera-vez")',
        '(identifier: "pasaporte-ordinario", language: $language)',
        '(identifier: "apostilla", language: "en")',
        '(identifier: "nothing")',
        '(identifier: "\\u0000")',
    ),
    "Query.institutions": ("", "(first: 2)", '(query: "registro", first: $first)', '(query: "¿?")'),
    "Query.institution": ('(identifier: "renap")', '(identifier: "nobody", language: "quc")'),
    "Query.events": ("", "(kind: BUSINESS)", '(kind: $kind, language: "en")'),
    "Query.suggest": ('(prefix: "lic")', '(prefix: "dp", first: $first)', '(prefix: "")', '(prefix: "zzz")'),
    "RenapQuery.consultarPersona": ('(cui: "1")', '(cui: "2")'),
    "RenapQuery.buscarPersonas": ("", "(limite: 2)"),
    "SatQuery.consultarContribuyente": ('(cui: "1")',),
}
"""By type and field, the arguments that are tried."""

ROOTS = ("services", "service", "institutions", "institution", "events", "suggest", *("exchange",) * 4)


class Generator:
    """Makes queries; the same seed gives the same ones."""

    def __init__(self, schema: GraphQLSchema, seed: int) -> None:
        self._schema = schema
        self._random = Random(seed)
        self._fragments: list[str] = []
        self._aliases = 0

    def query(self) -> str:
        """Give one query."""
        root = self._schema.query_type
        assert root is not None
        fields = [self._field(root, name, 0) for name in self._random.choices(ROOTS, k=self._random.randint(1, 3))]
        text = f"{{ {' '.join(fields)} }} {' '.join(self._fragments)}"
        used = ", ".join(f"${name}: {type_}" for name, type_ in VARIABLES.items() if f"${name}" in text)
        return f"query ({used}) {text}" if used else text

    def variables(self) -> dict[str, object]:
        """Give the variables of such a query."""
        chosen = self._random.choice
        return {
            "yes": True,
            "no": False,
            "first": chosen((None, 1, 7, 200)),
            "language": chosen((None, "es", "en", "quc", "xx")),
            "kind": chosen((None, "LIFE", "BUSINESS")),
        }

    def _field(self, owner: GraphQLObjectType, name: str, depth: int) -> str:
        field = owner.fields[name]
        tried = ARGUMENTS.get(f"{owner.name}.{name}", ("",))
        self._aliases += 1
        alias = "" if _is_leaf(field) and self._random.random() < 0.5 else f"a{self._aliases}: "
        below = self._selection(get_named_type(field.type), depth + 1)
        return f"{alias}{name}{self._random.choice(tried)}{self._condition()} {below}"

    def _condition(self) -> str:
        return self._random.choice(("", "", "", "", " @include(if: $yes)", " @skip(if: $yes)", " @skip(if: $no)"))

    def _selection(self, named: GraphQLNamedType, depth: int) -> str:
        if isinstance(named, GraphQLUnionType):
            return f"{{ __typename {' '.join(self._spread(member, depth) for member in named.types)} }}"
        if not isinstance(named, GraphQLObjectType):
            return ""
        names = [name for name, field in named.fields.items() if depth < DEPTH_MAX or _is_leaf(field)]
        if named.name == "ExchangeQuery" and self._random.random() < 0.8:
            names.remove("providers")  # no plan has it, so that with it the ministries' answers would be executed
        chosen = self._random.sample(names, min(len(names), self._random.randint(1, FIELDS_MAX)))
        return f"{{ {' '.join(self._members(named, chosen, depth))} }}"

    def _members(self, named: GraphQLObjectType, chosen: list[str], depth: int) -> Iterator[str]:
        yield "__typename" if self._random.random() < 0.3 or not chosen else ""
        for name in chosen:
            yield self._field(named, name, depth)
        if self._random.random() < 0.2:
            yield self._spread(named, depth)

    def _spread(self, named: GraphQLObjectType, depth: int) -> str:
        """Select something through a fragment, named or in its place."""
        names = [name for name, field in named.fields.items() if _is_leaf(field)]
        if not names:
            return "__typename"
        fields = self._field(named, self._random.choice(names), depth)
        if self._random.random() < 0.5:
            return f"... on {named.name}{self._condition()} {{ {fields} }}"
        name = f"F{len(self._fragments)}"
        self._fragments.append(f"fragment {name} on {named.name} {{ {fields} }}")
        return f"...{name}{self._condition()}"


def _is_leaf(field: GraphQLField) -> bool:
    return not isinstance(get_named_type(field.type), GraphQLObjectType | GraphQLUnionType)
