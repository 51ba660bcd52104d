"""Answers as bytes: GraphQL's result in JSON, with the HTTP status that its media type asks for.

`application/graphql-response+json` says in its status what happened; `application/json` answers
200 to every well-formed request, since older clients look no further otherwise
(GraphQL over HTTP, section 6.4). Who may not ask is told so in both.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus

import msgspec
from graphql import ExecutionResult, GraphQLError

from sacbe_graphql.context import Context
from sacbe_graphql.forgiven import Forgiven
from sacbe_graphql.refusal import ErrorEntry, known
from sacbe_terms.errors import ReplyBreaksContract, SacbeError
from sacbe_terms.exchange import Outcome
from sacbe_terms.identifiers import OperationId

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

_WELL_FORMED = {"SACBE-101", "SACBE-102", "SACBE-103", "SACBE-104", "SACBE-106", "SACBE-108", "SACBE-111"}
"""Codes of what can be wrong with the GraphQL in a request that is sound as HTTP."""

_EXCHANGE_PATH_KEYS = 3
"""`exchange`, the provider, the operation: the keys of a planned call's response path."""

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    content_type: str
    body: bytes
    retry_after_seconds: int | None = None
    """When to ask again, where the whole answer is that it may not be now."""

    @property
    def is_whole(self) -> bool:
        """Whether it holds data and no error: errors stand first."""
        return self.status == HTTPStatus.OK and self.body.startswith(b'{"data":')


def of_data(data: bytes, outcomes: Mapping[str, Outcome] | None = None, *, media_type: str) -> Answer:
    """Answer with data that is JSON already; `outcomes` stand by response path."""
    content: dict[str, object] = {"data": msgspec.Raw(data)}
    return Answer(status=200, content_type=media_type, body=_encoded(content, _each_once(outcomes or {})))


def of_result(result: ExecutionResult, context: Context, *, media_type: str) -> Answer:
    """Answer with what execution gave; errors stand first, where a reader sees them."""
    content: dict[str, object] = {}
    if result.errors:
        entries = (entry for error in result.errors for entry in _entries(error, context.outcomes))
        content["errors"] = [entry.as_json() for entry in entries]
    content["data"] = result.data
    return Answer(status=200, content_type=media_type, body=_encoded(content, _each_once(context.outcomes)))


def saying(given: Answer, told: Mapping[str, object]) -> Answer:
    """Give an answer that also says something in `extensions.sacbe`; nothing else in it is read."""
    content = msgspec.json.decode(given.body, type=dict[str, msgspec.Raw])
    extensions = msgspec.json.decode(content.get("extensions", b"{}"), type=dict[str, dict[str, msgspec.Raw]])
    said = extensions.setdefault("sacbe", {})
    said.update((name, msgspec.Raw(_encoder.encode(value))) for name, value in told.items())
    return replace(given, body=_encoder.encode({**content, "extensions": extensions}))


def of_errors(
    entries: Sequence[ErrorEntry], outcomes: Iterable[Outcome] = (), *, media_type: str, status: int | None = None
) -> Answer:
    """Answer with errors alone. `status` overrules the first error's where HTTP has a better one."""
    content: dict[str, object] = {"errors": [entry.as_json() for entry in entries]}
    return Answer(
        status=status or _status(entries[0].error, media_type),
        content_type=media_type,
        body=_encoded(content, outcomes),
        retry_after_seconds=entries[0].error.retry_after_seconds,
    )


def _entries(error: GraphQLError, outcomes: Mapping[str, Outcome]) -> Iterator[ErrorEntry]:
    """Explain a field's error: our own as it is, all that was forgiven there, a misfit value, or masked."""
    path = [str(key) for key in error.path or ()]
    outcome = _outcome_at(path, outcomes)
    message_id = outcome.message_id if outcome else ""
    original = error.original_error or error
    if isinstance(original, Forgiven):
        yield from (ErrorEntry.of(each, at=error, message_id=message_id) for each in original.errors)
        return
    if outcome is not None and not isinstance(original, SacbeError):
        name = OperationId(outcome.call.service, outcome.call.operation_code)
        original = ReplyBreaksContract(str(name), place=".".join(path), reason=error.message.rstrip("."))
    yield ErrorEntry.of(known(original), at=error, message_id=message_id)


def _outcome_at(path: Sequence[str], outcomes: Mapping[str, Outcome]) -> Outcome | None:
    """Give the outcome that a value came from: the nearest above it, since links lead from one into another."""
    ways = (".".join(path[:keys]) for keys in range(len(path), _EXCHANGE_PATH_KEYS - 1, -1))
    return next((outcomes[way] for way in ways if way in outcomes), None)


def _each_once(outcomes: Mapping[str, Outcome]) -> Iterable[Outcome]:
    return {id(outcome): outcome for outcome in outcomes.values()}.values()


def _status(error: SacbeError, media_type: str) -> int:
    return 200 if media_type == JSON and error.code in _WELL_FORMED else error.status


def _encoded(content: dict[str, object], outcomes: Iterable[Outcome]) -> bytes:
    told = _told(list(outcomes))
    if told:
        content["extensions"] = {"sacbe": told}
    return _encoder.encode(content)


def _told(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Say which messages there are of what was exchanged, and what is made up."""
    services = {each.message_id: str(each.call.service) for each in outcomes if each.message_id}
    messages = [{"id": message_id, "service": service} for message_id, service in services.items()]
    samples = [
        {"service": str(each.call.service), "operation": each.call.operation_code, "paths": list(each.call.paths)}
        for each in outcomes
        if each.is_sample and each.error is None
    ]
    return {name: found for name, found in (("messages", messages), ("samples", samples)) if found}
