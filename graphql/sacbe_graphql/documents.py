"""Documents made ready: read within limits, checked against one schema, and taken apart.

A ready document is all that planning and execution need to know of the text; it can be kept, so
that the same text costs its reading and validation once per schema.
"""

import hashlib
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Source,
    VariableNode,
    Visitor,
    validate,
    visit,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.language.parser import Parser

from sacbe_graphql import cost, rates, skimming, validation_rules
from sacbe_graphql import limits as limiting
from sacbe_graphql.cost import Cost
from sacbe_graphql.limits import Limits
from sacbe_graphql.rates import Allowance
from sacbe_graphql.refusal import Refused
from sacbe_terms.errors import DocumentNotReadable, DocumentNotValid, OperationNotChosen

VALIDATION_ERRORS_MAX = 20
"""Nobody mends more at once, and finding them costs."""


_INTROSPECTION = {"__schema", "__type"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyOperation:
    """One operation of a valid document."""

    node: OperationDefinitionNode
    fragments: dict[str, FragmentDetails]
    mentioned: frozenset[str]
    """Names of all fields anywhere in the document."""
    conditions: frozenset[str]
    """Names of the variables on which `@skip` and `@include` depend, anywhere in the document."""
    root_fields: frozenset[str]
    """Names of the fields at the root of this operation."""
    is_introspection: bool
    """Asks about the schema, and about nothing else."""
    cost: Cost
    plans: dict[Hashable, object] = field(default_factory=dict, compare=False)
    """What was compiled of it, by the values of its conditions (`compiled.of`)."""

    @property
    def is_changing(self) -> bool:
        """Whether it is a mutation."""
        return self.node.operation is OperationType.MUTATION

    @property
    def is_subscription(self) -> bool:
        """Whether it has an answer for each of many happenings."""
        return self.node.operation is OperationType.SUBSCRIPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyDocument:
    """A valid document, taken apart; the nameless operation stands under the empty text."""

    operations: Mapping[str, ReadyOperation]
    tokens: int

    def operation(self, name: str | None) -> ReadyOperation:
        """Give the operation to run; raises OperationNotChosen."""
        if not name and len(self.operations) == 1:
            return next(iter(self.operations.values()))
        if not name or name not in self.operations:
            raise OperationNotChosen(
                what=f"The document has no operation named '{name}'." if name else "It is not said which operation.",
                where="operationName",
                hint=f"Set operationName to one of: {', '.join(filter(None, self.operations))}.",
            )
        return self.operations[name]


def digest(text: str) -> bytes:
    """Give the name under which a document is kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def ready(
    text: str, schema: GraphQLSchema, limits: Limits, *, hide_suggestions: bool, allowance: Allowance | None = None
) -> ReadyDocument:
    """Read and check a document, if its reading is within what the caller may still take.

    Raises LimitExceeded, RateExceeded, and Refused with DocumentNotReadable or DocumentNotValid at their places.
    """
    tokens = skimming.skim(text, limits)
    if allowance is not None:
        allowance.take(rates.of_reading(tokens, len(text)))
    document = _read(text)
    _open_rings(document)
    limiting.check(document, limits)
    _validate(document, schema, hide_suggestions=hide_suggestions)
    return _taken_apart(document, tokens, schema)


def _read(text: str) -> DocumentNode:
    try:
        return Parser(Source(text), allow_empty_selection_sets=False).parse_document()
    except GraphQLError as error:
        hint = "Check the brackets, quotes and commas before this place."
        raise Refused.at(error, kind=DocumentNotReadable, hint=hint) from error


def _open_rings(document: DocumentNode) -> None:
    """Let tokens know their next alone: a document that is let go needs no round of the collector then."""
    token = document.loc.start_token if document.loc else None
    while token is not None:
        token.prev = None
        token = token.next


def _validate(document: DocumentNode, schema: GraphQLSchema, *, hide_suggestions: bool) -> None:
    rules = validation_rules.PLAIN if hide_suggestions else validation_rules.HINTING
    errors = validate(schema, document, rules, max_errors=VALIDATION_ERRORS_MAX, hide_suggestions=True)
    if errors:
        hint = "The schema is shown at /explore and by introspection."
        raise Refused.at(*errors, kind=DocumentNotValid, hint=hint)


class _Mentioned(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

        self.conditions: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.names.add(node.name.value)

    def enter_directive(self, node: DirectiveNode, *_: object) -> None:
        self.conditions |= {
            argument.value.name.value for argument in node.arguments or () if isinstance(argument.value, VariableNode)
        }


def _taken_apart(document: DocumentNode, tokens: int, schema: GraphQLSchema) -> ReadyDocument:
    visit(document, mentioned := _Mentioned())
    fragments = {
        definition.name.value: FragmentDetails(definition)
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    operations = {
        definition.name.value if definition.name else "": _ready_operation(definition, fragments, mentioned, schema)
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
    return ReadyDocument(operations=operations, tokens=tokens)


def _ready_operation(
    node: OperationDefinitionNode, fragments: dict[str, FragmentDetails], mentioned: _Mentioned, schema: GraphQLSchema
) -> ReadyOperation:
    names = frozenset(_root_names(node.selection_set, fragments))
    if node.operation is OperationType.MUTATION:
        _refuse_mixed(names)
    return ReadyOperation(
        node=node,
        fragments=fragments,
        mentioned=frozenset(mentioned.names),
        conditions=frozenset(mentioned.conditions),
        root_fields=names,
        is_introspection=_is_introspection(names),
        cost=cost.of(node, fragments, schema),
    )


def _refuse_mixed(names: frozenset[str]) -> None:
    """Refuse acts of administration beside changes in ministries' systems.

    Those are carried before anything is executed, which would not be the order of the document.
    """
    if "exchange" in names and names - {"exchange", "__typename"}:
        raise DocumentNotValid(
            what="Acts of administration cannot be asked together with `exchange`.",
            where="exchange",
            hint="Send them in a request of their own.",
        )


def _is_introspection(names: frozenset[str]) -> bool:
    """Say whether the operation asks about the schema; mixed with other fields it is refused.

    Introspection is answered in a thread, from bytes kept; together with other fields it would
    hold up every other request of the process.
    """
    if not names & _INTROSPECTION:
        return False
    if names - _INTROSPECTION - {"__typename"}:
        raise DocumentNotValid(
            what="Introspection cannot be asked together with other root fields.",
            where="__schema",
            hint="Ask for __schema and __type in a request of their own.",
        )
    return True


def _root_names(selection_set: SelectionSetNode, fragments: Mapping[str, FragmentDetails]) -> Iterator[str]:
    for selection in selection_set.selections:
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, InlineFragmentNode):
            yield from _root_names(selection.selection_set, fragments)
        elif isinstance(selection, FragmentSpreadNode):
            yield from _root_names(fragments[selection.name.value].definition.selection_set, fragments)
