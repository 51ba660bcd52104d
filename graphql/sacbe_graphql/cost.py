"""What an operation costs, worked out from declared list sizes before anything runs.

The cost is the number of values that the answer would have if every list were as long as declared
(`list_sizes`): a field costs one, what lies below a list counts once for each item, so that sizes
multiply down the path. A read of the catalogue and a call of a ministry cost more than their values.

It is an upper bound of what is asked: fields under `@skip` and `@include`, and all branches of a
union, count. Only page sizes in variables are left open, so the cost is a sum of products of them,
made once with the document.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import cast

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedOutputType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)
from graphql.execution import VariableValues
from graphql.execution.collect_fields import FragmentDetails

from sacbe_catalog.paging import FIRST_MAX
from sacbe_graphql import list_sizes
from sacbe_graphql.described_types import OFFERED
from sacbe_graphql.limits import Limits
from sacbe_terms.errors import LimitExceeded

READ_VALUES = 20
"""What one read of the catalogue costs beside its values."""

CALL_VALUES = 50
"""What one call of a ministry costs beside its values: rights, two signatures, the log."""

_FIXED = {()}
"""The only product of a cost in which no page is sized by a variable."""

_NOT_READ = frozenset({"exchange", "me", "__typename", "__schema", "__type"})
"""Root fields for which nothing is read."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """A page size that a variable gives, and the usual one where it gives none."""

    variable: str
    usual: int


@dataclass(frozen=True, slots=True)
class _Factor:
    """How often something counts: a number, times the sizes of pages."""

    number: int = 1
    pages: tuple[PageSize, ...] = ()

    def times(self, size: "int | PageSize") -> "_Factor":
        if isinstance(size, PageSize):
            return _Factor(self.number, (*self.pages, size))
        return _Factor(self.number * size, self.pages)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one operation: how many values, by the page sizes in variables with which they multiply."""

    values: Mapping[tuple[PageSize, ...], int] = field(default_factory=dict)

    def of(self, variables: VariableValues) -> int:
        """Give the cost with these variables."""
        if self.values.keys() == _FIXED:
            return self.values[()]
        return self._with({page: _known(page, variables.coerced.get(page.variable)) for page in self._pages()})

    @property
    def most(self) -> int:
        """The cost if every page that a variable sizes were as long as a page can be."""
        return self._with(dict.fromkeys(self._pages(), FIRST_MAX))

    def _pages(self) -> set[PageSize]:
        return {page for pages in self.values for page in pages}

    def _with(self, sizes: Mapping[PageSize, int]) -> int:
        return sum(values * prod(sizes[page] for page in pages) for pages, values in self.values.items())


def admitted(cost: Cost, variables: VariableValues, limits: Limits) -> int:
    """Give what an operation costs with these variables; raises LimitExceeded where that is too much."""
    value = cost.of(variables)
    if value > limits.cost_max:
        raise LimitExceeded("cost", value=value, allowed=limits.cost_max)
    return value


def of(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDetails], schema: GraphQLSchema) -> Cost:
    """Work out the cost of an operation of a valid document, whose number of fields is within its limit."""
    root = schema.get_root_type(operation.operation)
    assert root is not None
    values: Counter[tuple[PageSize, ...]] = Counter()
    for factor in _Costing(schema, fragments).counted(operation.selection_set, root, _Factor(), 1):
        values[factor.pages] += factor.number
    return Cost(dict(values))


class _Costing:
    """Walks down an operation's fields, giving how often each counts."""

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDetails]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._roots = {schema.query_type, schema.mutation_type}

    def counted(
        self, selection_set: SelectionSetNode, above: GraphQLNamedOutputType, factor: _Factor, page: int | PageSize
    ) -> Iterator[_Factor]:
        """Give a factor for each value; `page` is the size that the field above gives to the page below it."""
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                yield from self._of_field(node, above, factor, page)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                below = self._named(condition.name.value) if condition else above
                yield from self.counted(node.selection_set, below, factor, page)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value].definition
                below = self._named(fragment.type_condition.name.value)
                yield from self.counted(fragment.selection_set, below, factor, page)

    def _of_field(
        self, node: FieldNode, above: GraphQLNamedOutputType, factor: _Factor, page: int | PageSize
    ) -> Iterator[_Factor]:
        declared = self._schema.get_field(above, node.name.value)  # type: ignore[arg-type]  # valid: it has fields
        assert declared is not None
        if above in self._roots and node.name.value not in _NOT_READ:
            yield factor.times(READ_VALUES)
        if OFFERED in declared.extensions:
            yield factor.times(CALL_VALUES)
        each = factor
        for _ in range(_list_depth(declared.type)):
            each = each.times(_size(node, declared, above.name, page))
        yield each
        if node.selection_set:
            below = get_named_type(declared.type)
            yield from self.counted(node.selection_set, self._named(below.name), each, _page(node, declared))

    def _named(self, name: str) -> GraphQLNamedOutputType:
        return cast("GraphQLNamedOutputType", self._schema.type_map[name])  # valid: fragments are on outputs


def _list_depth(type_: GraphQLOutputType) -> int:
    """Say how many lists are within each other, such as 2 for a list of lists."""
    nullable = get_nullable_type(type_)
    return _list_depth(nullable.of_type) + 1 if is_list_type(nullable) else 0


def _size(node: FieldNode, declared: GraphQLField, above: str, page: int | PageSize) -> int | PageSize:
    """Give the declared size of a list."""
    if OFFERED in declared.extensions:
        return list_sizes.DESCRIBED_ITEMS
    if node.name.value in list_sizes.PAGED and above.endswith("Connection"):
        return page
    if list_sizes.FIRST in declared.args:
        return _page(node, declared)
    return list_sizes.assumed(above, node.name.value)


def _page(node: FieldNode, declared: GraphQLField) -> int | PageSize:
    """Give the size of the page that a field asks for; 1 where it gives none."""
    argument = None if OFFERED in declared.extensions else declared.args.get(list_sizes.FIRST)
    if argument is None:
        return 1
    usual = 1 if argument.default_value is Undefined else _within(argument.default_value)
    given = next((each.value for each in node.arguments or () if each.name.value == list_sizes.FIRST), None)
    if isinstance(given, IntValueNode):
        return _within(int(given.value))
    return PageSize(given.name.value, usual) if isinstance(given, VariableNode) else usual


def _known(page: PageSize, value: object) -> int:
    return _within(value) if isinstance(value, int) else page.usual


def _within(size: int) -> int:
    """Bring a size within what a page can have; any other is refused when it is read."""
    return min(max(size, 0), FIRST_MAX)
