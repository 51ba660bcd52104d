"""What a lenient endpoint was forgiven, put back at its place in the value: an error instead of the null.

graphql-core raises an error that it finds as a value. So each problem comes to stand at the response
path of its field, aliases and positions in lists included, once for each time that the field was
asked, and not at all where nobody asked for it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sacbe_terms.errors import Problem, ReplyBreaksContract
from sacbe_terms.exchange import Outcome
from sacbe_terms.identifiers import OperationId


class Forgiven(Exception):
    """Stands in a value where one field is null for one or several problems."""

    def __init__(self, errors: Sequence[ReplyBreaksContract]) -> None:
        super().__init__("; ".join(error.what for error in errors))
        self.errors = tuple(errors)


def shown(outcome: Outcome) -> Outcome:
    """Give an outcome with its problems as errors in its value; the outcome itself where it has none."""
    if not outcome.problems:
        return outcome
    name = str(OperationId(outcome.call.service, outcome.call.operation_code))
    value = outcome.value
    for problem in outcome.problems:
        value = _with(value, problem.where.split("/") if problem.where else [], _error(name, problem))
    return replace(outcome, value=value)


def _error(name: str, problem: Problem) -> ReplyBreaksContract:
    return ReplyBreaksContract(name, place=problem.where or "the whole answer", reason=problem.reason)


def _with(value: Any, way: Sequence[str], error: ReplyBreaksContract) -> object:
    """Give a copy with the error at the end of the way, or where the way ends before: at the null above it."""
    match value, way:
        case Forgiven(errors=others), _:
            return Forgiven([*others, error])
        case dict(), [name, *rest]:
            return {**value, name: _with(value.get(name), rest, error)}
        case list(), [position, *rest] if position.isdecimal() and int(position) < len(value):
            number = int(position)
            return [*value[:number], _with(value[number], rest, error), *value[number + 1 :]]
        case _:
            return Forgiven([error])
