"""Running a ready operation: graphql-core's executor, given what is already worked out.

`graphql.execute` would find the operation and coerce the variables once more.
"""

from collections.abc import Awaitable
from types import CoroutineType
from typing import Any, TypeGuard, cast

from graphql import ExecutionResult, GraphQLSchema
from graphql.execution import (
    Executor,
    VariableValues,
    default_field_resolver,
    default_type_resolver,
    get_variable_values,
)

from sacbe_graphql import outcomes
from sacbe_graphql.context import Context
from sacbe_graphql.documents import ReadyOperation
from sacbe_graphql.refusal import Refused
from sacbe_terms.errors import VariablesNotValid

VARIABLE_ERRORS_MAX = 20
"""Nobody mends more at once."""


def coerced(
    schema: GraphQLSchema, operation: ReadyOperation, given: dict[str, Any] | None, *, hide_suggestions: bool
) -> VariableValues:
    """Check the variables and bring them into their types; raises Refused with VariablesNotValid."""
    definitions = operation.node.variable_definitions or ()
    values = get_variable_values(
        schema, definitions, given or {}, max_errors=VARIABLE_ERRORS_MAX, hide_suggestions=hide_suggestions
    )
    if isinstance(values, list):
        hint = "Give every variable a value of its declared type."
        raise Refused.at(*values, kind=VariablesNotValid, hint=hint)
    return values


def start(
    schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues, *, context: Context | None
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Begin to execute; the result is there at once unless the catalogue is read."""
    executor = executing(schema, operation, variables, context=context)
    return cast("ExecutionResult | Awaitable[ExecutionResult]", executor.execute_operation())


def executing(
    schema: GraphQLSchema, operation: ReadyOperation, variables: VariableValues, *, context: Context | None
) -> Executor[Any]:
    """Give what executes an operation."""
    return Executor[Any](
        schema,
        {name: fragment.definition for name, fragment in operation.fragments.items()},
        operation.fragments,
        None,
        context,
        operation.node,
        variables,
        outcomes.member,
        default_type_resolver,
        default_field_resolver,
        is_awaitable=_is_coroutine,
    )


def _is_coroutine(value: Any) -> TypeGuard[Awaitable[Any]]:
    """Enough here: every asynchronous resolver is a coroutine function."""
    return isinstance(value, CoroutineType)
