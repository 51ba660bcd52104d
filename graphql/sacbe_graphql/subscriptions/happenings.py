"""A subscription on its way: happenings from its one root field, each executed into a result.

GraphQL specification, section 6.2.3. When the reader stops reading (`aclose`), following ends at once.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator
from typing import Any

from graphql import ExecutionResult, GraphQLError
from graphql.execution import Executor, create_source_event_stream

from sacbe_graphql.refusal import Refused, known
from sacbe_terms.errors import LimitExceeded, VariablesNotValid


async def results(executor: Executor[Any], *, seconds_max: float) -> AsyncGenerator[ExecutionResult]:
    """Give a result for each happening; raises what the source raises, and LimitExceeded for one that takes too long.

    A subscription whose one field is left out by `@skip` has no results.
    """
    try:
        source: Any = create_source_event_stream(executor)
    except StopIteration:
        return
    if inspect.isawaitable(source):
        source = await source
    if isinstance(source, ExecutionResult):
        raise _refused(source.errors or [])
    try:
        async for happening in source:
            yield await _result(executor.build_per_event_executor(happening), seconds_max)
    finally:
        await source.aclose()


async def _result(executor: Executor[Any], seconds_max: float) -> ExecutionResult:
    result: Any = executor.execute_operation(False)
    if isinstance(result, ExecutionResult):
        return result
    try:
        async with asyncio.timeout(seconds_max):
            executed: ExecutionResult = await result
            return executed
    except TimeoutError as error:
        raise LimitExceeded("time in seconds", value=int(seconds_max), allowed=int(seconds_max)) from error


def _refused(errors: list[GraphQLError]) -> Exception:
    """Give what to raise where there is no stream: our own error, or an argument that does not hold."""
    original = errors[0].original_error
    if original is not None and not isinstance(original, GraphQLError):
        return known(original)
    return Refused.at(*errors, kind=VariablesNotValid, hint="Give every argument a value of its declared type.")
