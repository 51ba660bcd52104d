"""Tokens by OAuth 2.0 client credentials (RFC 6749, section 4.4): fetched once for all who wait, kept, renewed.

A token is fetched through the guarded transport, inside a limit of its own; each caller waits no
longer than her own deadline. Nothing of the token address's answer enters an error.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote_plus, urlencode

import msgspec

from sacbe_adapters.transport import HttpReply, Transport
from sacbe_terms.credentials import OAuthClient
from sacbe_terms.errors import (
    CredentialsRefused,
    LegacySystemSilent,
    LegacySystemUnreachable,
    SacbeError,
)

FETCH_SECONDS_MAX = 10.0
"""Longest wait for a token."""

REPLY_BYTES_MAX = 64 * 1024
"""A larger answer of a token address is refused."""

LIFE_SECONDS = 300.0
"""How long a token is kept whose life is not told."""

RENEWED_BEFORE_SECONDS = 30.0
"""A token is renewed this long before it ends, or in the last tenth of a short life."""

Failure = Callable[[str], SacbeError]
"""Makes the error of one waiting call from its name."""


@dataclass(frozen=True, slots=True, repr=False)
class _Token:
    text: str
    kept_until: float


class _Answer(msgspec.Struct):
    """A token address's answer (RFC 6749, section 5.1); some write the seconds as a text."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - a kind of token, no secret
    expires_in: float | str | None = None


class Tokens:
    """Keeps the tokens of an adapter's endpoints. Use one object per event loop."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._kept: dict[OAuthClient, _Token] = {}
        self._fetching: dict[OAuthClient, asyncio.Task[_Token | Failure]] = {}

    async def token(self, client: OAuthClient, *, deadline: float, name: str) -> str:
        """Give a token that holds.

        Raises CredentialsRefused where none is given, LegacySystemSilent, LegacySystemUnreachable.
        """
        kept = self._kept.get(client)
        if kept is not None and time.monotonic() < kept.kept_until:
            return kept.text
        found = await self._waited(client, deadline, name)
        if isinstance(found, _Token):
            return found.text
        raise found(name)

    def forget(self, client: OAuthClient, refused: str) -> None:
        """Let go of a token that a system no longer takes, unless another is kept already."""
        kept = self._kept.get(client)
        if kept is not None and kept.text == refused:
            del self._kept[client]

    async def close(self) -> None:
        """Stop fetching."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _waited(self, client: OAuthClient, deadline: float, name: str) -> _Token | Failure:
        """Wait for the fetch under way, or begin one; it goes on for the others when this caller gives up."""
        seconds = deadline - time.monotonic()
        task = self._fetching.get(client) or self._begin(client)
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(task)
        except TimeoutError as error:
            raise LegacySystemSilent(name, waited_seconds=round(max(seconds, 0), 1)) from error

    def _begin(self, client: OAuthClient) -> asyncio.Task[_Token | Failure]:
        task = self._fetching[client] = asyncio.create_task(self._fetch(client), name="fetch a token")
        task.add_done_callback(lambda _: self._fetching.pop(client, None))
        return task

    async def _fetch(self, client: OAuthClient) -> _Token | Failure:
        asked_at = time.monotonic()
        try:
            reply = await self._ask(client, asked_at + FETCH_SECONDS_MAX)
        except LegacySystemSilent:
            return partial(LegacySystemSilent, waited_seconds=FETCH_SECONDS_MAX)
        except LegacySystemUnreachable:
            return LegacySystemUnreachable
        except SacbeError:
            return _refused("the address that gives tokens cannot be asked")
        token = _read(reply, asked_at)
        if isinstance(token, _Token):
            self._kept[client] = token
        return token

    async def _ask(self, client: OAuthClient, deadline: float) -> HttpReply:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        form = {"grant_type": "client_credentials", "scope": client.scope, "audience": client.audience}
        if client.sends_secret_in_body:
            form |= {"client_id": client.client_id, "client_secret": client.client_secret}
        else:
            pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        return await self._transport.send(
            "POST",
            client.token_address,
            headers=headers,
            body=urlencode({key: value for key, value in form.items() if value}).encode(),
            deadline=deadline,
            reply_bytes_max=REPLY_BYTES_MAX,
            name="the token address",
        )


def _read(reply: HttpReply, asked_at: float) -> _Token | Failure:
    if reply.status != 200:
        return _refused(f"the address that gives tokens refused with the status {reply.status}")
    try:
        answer = msgspec.json.decode(reply.body, type=_Answer)
        life = LIFE_SECONDS if answer.expires_in is None else float(answer.expires_in)
    except (msgspec.DecodeError, ValueError):
        return _refused("the address that gives tokens gave an answer that is none")
    text = answer.access_token
    if answer.token_type.lower() != "bearer" or not text or not all("!" <= sign <= "~" for sign in text):
        return _refused("the address that gives tokens gave another kind of token")
    return _Token(text, asked_at + life - min(RENEWED_BEFORE_SECONDS, life / 10))


def _refused(reason: str) -> Failure:
    return partial(CredentialsRefused, reason=reason)
