"""Answers about the schema, from bytes that are prepared part by part.

Telling 5,000 operations costs seconds of a processor. Nearly all of it is the list `__schema.types`,
and a type is told the same whatever stands beside it: so that list is made and kept for each
provider, and a publication makes its own provider's again. What the callers see differently are
the few types that hold marks (`visibility`); they are told apart from the others.

Everything here runs beside the event loop. One answer is made at a time.
"""

import asyncio
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import msgspec
from graphql import (
    ExecutionResult,
    FieldNode,
    GraphQLNamedType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    Visitor,
    get_introspection_query,
    visit,
)
from graphql.execution import VariableValues

from sacbe_graphql import collection, documents, execution, visibility
from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.kept import Kept
from sacbe_graphql.provider_part import ProviderPart
from sacbe_graphql.visibility import Usable

KEPT_PARTS_BYTES_MAX = 16 * 1024 * 1024
"""Compressed: one question about 5,000 operations takes about 1 MB."""

QUESTIONS_MAX = 4
"""So many of the questions asked last are answered again for a new schema before anybody asks."""

PAUSE_SECONDS = 0.01
"""Between two providers' parts when nobody waits for them: requests go first."""

AS_TOOLS_ASK = get_introspection_query()
"""The question that tools send, in its shortest form."""

_COMPRESSION = 1

_PLACE = b'["types"]'
"""Stands for the list while the rest is encoded; within a text its quotes would be escaped."""

Made = TypeVar("Made")
_Selecting = TypeVar("_Selecting", OperationDefinitionNode, FieldNode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One operation about the schema with its variables, and what who asks may use."""

    key: bytes
    operation: ReadyOperation
    variables: VariableValues
    held: Usable

    @property
    def answer_key(self) -> bytes:
        """The same for callers who are shown the same."""
        return self.key + documents.digest("\n".join(sorted(map(str, self.held))))


def question(text: str, operation: ReadyOperation, variables: VariableValues, held: Usable) -> Question:
    """Give the question that a request asks."""
    name = operation.node.name.value if operation.node.name else ""
    key = documents.digest(text + msgspec.json.encode([name, variables.coerced], order="sorted").decode())
    return Question(key=key, operation=operation, variables=variables, held=held)


class Introspection:
    """What is kept of answers about schemas, one schema after the other."""

    def __init__(self) -> None:
        self._parts = Kept[bytes](KEPT_PARTS_BYTES_MAX)
        self._asked: dict[bytes, Question] = {}
        self._one_at_a_time = asyncio.Lock()

    def told(self, schema: GraphQLSchema, parts: Sequence[ProviderPart], asked: Question) -> bytes:
        """Give the JSON of `data`; takes long where its parts are not kept, so call it in a thread."""
        listing = _listing(asked.operation)
        if listing is None:
            return msgspec.json.encode(_run(schema, _shown(schema, parts, asked), asked))
        of_parts = frozenset[str]().union(*(part.names for part in parts))
        head = _run(schema, {name: each for name, each in schema.type_map.items() if name not in of_parts}, asked)
        pieces = [_items(head[listing.schema_key][listing.types_key])]
        for part in parts:
            pieces += self._part(schema, part, asked, listing)
        head[listing.schema_key][listing.types_key] = msgspec.Raw(_PLACE)
        before, _, after = msgspec.json.encode(head).partition(_PLACE)
        return b"".join((before, b"[", b",".join(filter(None, pieces)), b"]", after))

    async def answered(self, schema: GraphQLSchema, parts: Sequence[ProviderPart], asked: Question) -> bytes:
        """Answer beside the loop, one question at a time, and remember that it was asked."""
        self._asked.pop(asked.answer_key, None)
        self._asked[asked.answer_key] = asked
        while len(self._asked) > QUESTIONS_MAX:
            del self._asked[next(iter(self._asked))]
        return await self._beside(self.told, schema, parts, asked)

    def asked_last(self) -> tuple[Question, ...]:
        """Give the questions that are worth preparing for."""
        return tuple(self._asked.values())

    async def prepared(self, schema: GraphQLSchema, parts: Sequence[ProviderPart], asked: Question) -> bytes:
        """Answer what nobody waits for: a part at a time, with pauses in which requests go first."""
        for part in parts:
            if await self._beside(self._prepare_part, schema, part, asked):
                await asyncio.sleep(PAUSE_SECONDS)
        return await self._beside(self.told, schema, parts, asked)

    async def _beside(self, work: Callable[..., Made], *given: object) -> Made:
        async with self._one_at_a_time:
            with collection.paused():
                return await asyncio.to_thread(work, *given)

    def _prepare_part(self, schema: GraphQLSchema, part: ProviderPart, asked: Question) -> bool:
        listing = _listing(asked.operation)
        if listing is None or self._parts.find(_key(asked, part)) is not None:
            return False
        self._part(schema, part, asked, listing)
        return True

    def _part(self, schema: GraphQLSchema, part: ProviderPart, asked: Question, listing: "_Listing") -> list[bytes]:
        """Give the items of a part: its types that all are shown alike, and those with this caller's marks."""
        only_types = replace(asked, operation=listing.only_types)
        aliases = visibility.to_ask_for(part, asked.held)
        routes = visibility.marked(part, aliases)
        others = {name: schema.type_map[name] for name in sorted(part.names - routes.keys()) if name in schema.type_map}
        marks = documents.digest("\n".join(sorted(aliases)))
        return [
            self._kept(_key(asked, part), schema, others, only_types, listing),
            self._kept(_key(asked, part) + marks, schema, routes, only_types, listing),
        ]

    def _kept(
        self,
        key: bytes,
        schema: GraphQLSchema,
        types: Mapping[str, GraphQLNamedType],
        asked: Question,
        listing: "_Listing",
    ) -> bytes:
        kept = self._parts.find(key)
        if kept is not None:
            return zlib.decompress(kept)
        items = _items(_run(schema, types, asked)[listing.schema_key][listing.types_key])
        kept = zlib.compress(items, _COMPRESSION)
        self._parts.keep(key, kept, weight=len(kept))
        return items


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listing:
    """Where an operation asks for the list of all types, and the same operation asking for nothing else."""

    schema_key: str
    types_key: str
    only_types: ReadyOperation


def _listing(operation: ReadyOperation) -> _Listing | None:
    """Find the list of types in an operation of the form that tools send; None for any other."""
    asked = _single(operation.node.selection_set.selections, "__schema")
    if asked is None or asked.selection_set is None or len(operation.node.selection_set.selections) != 1:
        return None
    listed = _single(asked.selection_set.selections, "types")
    if listed is None:
        return None
    only = _with_selections(operation.node, _with_selections(asked, listed))
    return _Listing(
        schema_key=_response_key(asked), types_key=_response_key(listed), only_types=replace(operation, node=only)
    )


def _single(selections: Iterable[SelectionNode], name: str) -> FieldNode | None:
    """Give the only field of this name among plain fields; None where anything makes it less than plain."""
    fields = list(_plain(selections))
    found = [field for field in fields if field is not None and field.name.value == name]
    return found[0] if len(found) == 1 and None not in fields else None


def _plain(selections: Iterable[SelectionNode]) -> Iterator[FieldNode | None]:
    for selection in selections:
        yield selection if isinstance(selection, FieldNode) and not selection.directives else None


def _with_selections(node: _Selecting, *selections: SelectionNode) -> _Selecting:
    return replace(node, selection_set=SelectionSetNode(selections=selections))


def _response_key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _key(asked: Question, part: ProviderPart) -> bytes:
    return asked.key + part.number.to_bytes(8, "big")


def _shown(schema: GraphQLSchema, parts: Sequence[ProviderPart], asked: Question) -> Mapping[str, GraphQLNamedType]:
    """Give the types that a question can meet by their names: where it lists none, those with marks it names."""
    if "types" in asked.operation.mentioned:
        return {**schema.type_map, **visibility.all_marked(parts, asked.held)}
    named = frozenset(_texts(asked))
    return visibility.all_marked([part for part in parts if not part.names.isdisjoint(named)], asked.held)


def _texts(asked: Question) -> Iterator[str]:
    """Give every text in a question's arguments and variables: a type is named by one of them."""
    yield from (value for value in asked.variables.coerced.values() if isinstance(value, str))
    heard = _Texts()
    for node in (asked.operation.node, *(each.definition for each in asked.operation.fragments.values())):
        visit(node, heard)
    yield from heard.found


class _Texts(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def enter_string_value(self, node: StringValueNode, *_: object) -> None:
        self.found.append(node.value)


class _Slice(GraphQLSchema):
    """A schema that lists some of its types alone, or lists others of the same names in their place."""

    def __init__(self, whole: GraphQLSchema, listed: Mapping[str, GraphQLNamedType]) -> None:
        vars(self).update(vars(whole), type_map=dict(listed))  # as it is: a second walk would find every type again
        self._whole = whole

    def get_type(self, name: str) -> GraphQLNamedType | None:
        """Give a type; the question's own fragments are on types that need not be listed."""
        return self.type_map.get(name) or self._whole.get_type(name)


def _run(schema: GraphQLSchema, listed: Mapping[str, GraphQLNamedType], asked: Question) -> dict[str, Any]:
    result = execution.start(_Slice(schema, listed), asked.operation, asked.variables, context=None)
    assert isinstance(result, ExecutionResult)
    assert result.data is not None
    return result.data


def _items(listed: Sequence[object]) -> bytes:
    return msgspec.json.encode(listed)[1:-1]
