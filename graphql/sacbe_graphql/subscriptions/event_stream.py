"""GraphQL over Server-Sent Events, in the mode of distinct connections: one request, one stream of its answers.

Each answer is an event `next`, and an event `complete` says that no more will come (the protocol of npm's
`graphql-sse`). A comment now and then shows both sides that the other one is still there.
"""

import asyncio
from contextlib import aclosing
from typing import Any, Protocol

from litestar.types import Receive, Send

from sacbe_graphql import answer
from sacbe_graphql.answer import GRAPHQL_JSON, Answer
from sacbe_graphql.asking import Asking
from sacbe_graphql.refusal import Refused
from sacbe_graphql.request import GraphQLRequest
from sacbe_graphql.subscriptions import caller
from sacbe_terms.errors import SacbeError

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"accept, accept-encoding, authorization"),
    (b"x-accel-buffering", b"no"),
]
_COMPLETE = b"event: complete\ndata:\n\n"
_SIGN_OF_LIFE = b":\n\n"


class Door(caller.Door, Protocol):
    """The part of the door that is needed here."""

    def answers(self, request: GraphQLRequest, asking: Asking) -> Any:
        """Give every answer."""


class _Over(Exception):
    """The stream has ended, or nobody reads it any more."""


class EventStream:
    """The answers to one request, on their way."""

    def __init__(self, door: Door, request: GraphQLRequest, asking: Asking, check_seconds: float) -> None:
        self._door = door
        self._request = request
        self._asking = caller.proven(asking)
        self._check_seconds = check_seconds

    async def serve(self, receive: Receive, send: Send) -> None:
        """Send all answers, until they end, the client leaves, or its token holds no longer."""
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._answer(send))
                group.create_task(self._live_on(send))
                group.create_task(_wait_for_leaving(receive))
        except* _Over:
            pass
        except* SacbeError as lost:
            error = next(each for each in lost.exceptions if isinstance(each, SacbeError))
            await _send(send, _next(answer.of_errors(Refused.by(error).entries, media_type=GRAPHQL_JSON)))
        await _send(send, _COMPLETE, is_last=True)

    async def _answer(self, send: Send) -> None:
        async with aclosing(self._door.answers(self._request, self._asking)) as answers:
            async for given in answers:
                await _send(send, _next(given))
        raise _Over

    async def _live_on(self, send: Send) -> None:
        while True:
            await caller.watch(self._door, self._asking, self._check_seconds)
            await _send(send, _SIGN_OF_LIFE)


async def _wait_for_leaving(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    raise _Over


def _next(given: Answer) -> bytes:
    """Give an answer as an event: JSON without line breaks is one line of data."""
    return b"event: next\ndata: " + given.body + b"\n\n"


async def _send(send: Send, body: bytes, *, is_last: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": not is_last})
