"""Sends a request with the endpoint's credentials, and once more where a system asks for them anew.

HTTP's own ways are here: Basic (RFC 7617), Digest (RFC 7616), Bearer (RFC 6750), OAuth 2.0 client
credentials (RFC 6749), keys in a header, a query or a cookie. Client certificates are the
transport's matter, WS-Security is the SOAP adapter's. What a caller sends never replaces what the
steward set: a header or query parameter of the same name is dropped.
"""

from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote, unquote_plus

from sacbe_adapters import guard
from sacbe_adapters.credentials.digest import Answerer
from sacbe_adapters.credentials.oauth import Tokens
from sacbe_adapters.transport import HttpReply, Transport
from sacbe_terms.credentials import AnyCredential, ApiKey, Basic, Bearer, Digest, Locked, OAuthClient
from sacbe_terms.errors import CredentialsRefused
from sacbe_terms.exchange import Endpoint

ATTEMPTS_MAX = 3
"""A kept nonce may have grown stale, and its successor too while other calls use it up."""

ENDPOINTS_MAX = 4096
"""Endpoints whose nonces are remembered."""


@dataclass(slots=True, kw_only=True)
class Request:
    """One attempt, on which each way writes what it shows; attempts count from 0."""

    method: str
    address: str
    headers: dict[str, str]
    name: str
    deadline: float
    attempt: int

    def set_header(self, name: str, value: str) -> None:
        """Put a header in place of any other of its name."""
        self.headers = {key: kept for key, kept in self.headers.items() if key.lower() != name.lower()}
        self.headers[name] = value


class Way(Protocol):
    """One credential's way to be shown."""

    async def show(self, request: Request) -> None:
        """Write it on the request; raises what fetching it raises."""
        ...

    def learns(self, request: Request, reply: HttpReply) -> bool:
        """Take in a reply of 401, and say whether another attempt would show something new."""
        ...


class Sender:
    """Sends requests for endpoints. One object per adapter; it keeps tokens and nonces."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._tokens = Tokens(transport)
        self._ways: OrderedDict[tuple[str, tuple[AnyCredential, ...]], Sequence[Way]] = OrderedDict()

    async def send(
        self,
        method: str,
        address: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        deadline: float,
        reply_bytes_max: int,
        name: str,
        endpoint: Endpoint,
    ) -> HttpReply:
        """Send one request as `transport.Transport.send` does, with the credentials of the endpoint.

        Raises also CredentialsRefused: the system answers 401 to what is kept for it, the address
        that gives tokens gives none, or this node cannot decrypt what it keeps.
        """
        ways = self._ways_of(endpoint, name) if endpoint.credentials else ()
        for attempt in range(ATTEMPTS_MAX):
            request = Request(
                method=method, address=address, headers=dict(headers), name=name, deadline=deadline, attempt=attempt
            )
            for way in ways:
                await way.show(request)
            reply = await self._transport.send(
                method,
                request.address,
                headers=request.headers,
                body=body,
                deadline=deadline,
                reply_bytes_max=reply_bytes_max,
                name=name,
                credentials=endpoint.credentials,
            )
            if reply.status != 401 or not ways:
                return reply
            if not any(way.learns(request, reply) for way in ways):
                break
        raise CredentialsRefused(name, reason="the system does not accept the credentials that are kept for it")

    async def close(self) -> None:
        """Stop fetching tokens."""
        await self._tokens.close()

    def _ways_of(self, endpoint: Endpoint, name: str) -> Sequence[Way]:
        key = (endpoint.address, endpoint.credentials)
        ways = self._ways.get(key)
        if ways is None:
            refuse_locked(endpoint, name)
            found = [_way(credential, self._tokens) for credential in endpoint.credentials]
            # a digest covers the address as it is sent, so it comes last
            ways = self._ways[key] = sorted((way for way in found if way), key=lambda way: isinstance(way, _Digest))
            if len(self._ways) > ENDPOINTS_MAX:
                self._ways.popitem(last=False)
        return ways


def refuse_locked(endpoint: Endpoint, name: str) -> None:
    """Raise CredentialsRefused where this node could not decrypt a credential of the endpoint."""
    if any(isinstance(credential, Locked) for credential in endpoint.credentials):
        raise CredentialsRefused(name, reason="this node cannot decrypt the credentials that are kept for it")


def _way(credential: AnyCredential, tokens: Tokens) -> Way | None:
    match credential:
        case Basic():
            pair = f"{credential.user}:{credential.password}".encode()
            return _Header("Authorization", f"Basic {b64encode(pair).decode()}")
        case Bearer():
            return _Header("Authorization", f"Bearer {credential.token}")
        case ApiKey(place="header"):
            return _Header(credential.name, credential.value)
        case ApiKey(place="query"):
            return _Query(credential.name, credential.value)
        case ApiKey():
            return _Cookie(credential.name, credential.value)
        case Digest():
            return _Digest(credential)
        case OAuthClient():
            return _OAuth(credential, tokens)
        case _:
            return None


class _Fixed:
    """What is shown the same in every request."""

    def __init__(self, name: str, value: str) -> None:
        self._name = name
        self._value = value

    def learns(self, _request: Request, _reply: HttpReply) -> bool:
        """Never: it has nothing else to show."""
        return False


class _Header(_Fixed):
    async def show(self, request: Request) -> None:
        request.set_header(self._name, self._value)


class _Query(_Fixed):
    async def show(self, request: Request) -> None:
        path, _, query = request.address.partition("?")
        pairs = [pair for pair in query.split("&") if pair and unquote_plus(pair.partition("=")[0]) != self._name]
        own = f"{quote(self._name, safe='')}={quote(self._value, safe='')}"
        request.address = f"{path}?{'&'.join([*pairs, own])}"


class _Cookie(_Fixed):
    async def show(self, request: Request) -> None:
        given = next((value for key, value in request.headers.items() if key.lower() == "cookie"), "")
        pairs = [pair.strip() for pair in given.split(";")]
        others = [pair for pair in pairs if pair and pair.partition("=")[0] != self._name]
        request.set_header("Cookie", "; ".join([*others, f"{self._name}={self._value}"]))


class _Digest:
    """Answers the challenge heard last; keeps it for the next calls (RFC 7616, section 3.6)."""

    def __init__(self, credential: Digest) -> None:
        self._answerer = Answerer(credential)

    async def show(self, request: Request) -> None:
        answer = self._answerer.answer(request.method, guard.examine(request.address).path)
        if answer:
            request.set_header("Authorization", answer)

    def learns(self, request: Request, reply: HttpReply) -> bool:
        """A fresh challenge is worth an answer if none was answered in this call, or if it calls the old one stale."""
        challenge = self._answerer.hear(reply.headers.get("www-authenticate", ""))
        return challenge is not None and (request.attempt == 0 or challenge.is_stale)


class _OAuth:
    def __init__(self, client: OAuthClient, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def show(self, request: Request) -> None:
        token = await self._tokens.token(self._client, deadline=request.deadline, name=request.name)
        request.set_header("Authorization", f"Bearer {token}")

    def learns(self, request: Request, _reply: HttpReply) -> bool:
        """A token that is refused before its time is renewed, once."""
        self._tokens.forget(self._client, request.headers["Authorization"].removeprefix("Bearer "))
        return request.attempt == 0
