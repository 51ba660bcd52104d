"""What the door itself refuses, and how a refused plan is shown in GraphQL. Pure."""

from msgspec import structs

from sacbe_graphql.refusal import ErrorEntry
from sacbe_terms.errors import MethodNotAllowed, NotAuthenticated, Problem, RequestNotReadable, SacbeError
from sacbe_terms.exchange import Plan


def only_by_post() -> MethodNotAllowed:
    """Make the error for a mutation that came by GET."""
    return MethodNotAllowed(what="GET runs queries only.", where="GET", hint="Send a mutation by POST.")


def only_as_stream() -> RequestNotReadable:
    """Make the error for a subscription where one answer is taken."""
    return RequestNotReadable(
        what="A subscription has many answers, and this request takes one.",
        where="Accept",
        hint="Send it with `Accept: text/event-stream`, or over a WebSocket (`graphql-transport-ws`).",
    )


def plan_for_whom() -> NotAuthenticated:
    """Make the error for a plan that nobody known asks for."""
    return NotAuthenticated(
        what="A plan is told to clients and people who are known, and it is not known who asks.",
        where="Sacbe-Plan",
        hint="Send `Authorization: Bearer` with a token, or leave Sacbe-Plan out.",
    )


def at_every_path(error: SacbeError, planned: Plan) -> list[ErrorEntry]:
    """Show a refused call at each field that it was to answer; the bus names the first."""
    paths = {call.paths[0]: call.paths for call in planned.calls}
    problems = [
        structs.replace(problem, where=path)
        for problem in error.problems
        for path in paths.get(problem.where, (problem.where,))
    ]
    return [ErrorEntry.of_problem(error, problem) for problem in problems] or [ErrorEntry.of(error)]


def who_asks(planned: Plan) -> NotAuthenticated:
    """Make the error for calls of which it is not known who asks, at every place of theirs."""
    reason = "This field asks an institution's system, and it is not known who asks."
    return NotAuthenticated(
        what=reason,
        where="Authorization",
        hint="Send `Authorization: Bearer` with the token of a client that has access.",
        problems=[Problem(where=path, reason=reason) for call in planned.calls for path in call.paths],
    )
