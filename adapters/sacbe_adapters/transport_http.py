"""The real way out: HTTP/1.1 to the address that the guard judged, and to no other.

A name is resolved, every answer judged, and the connection made to a judged address; the
name itself is used for Host and for TLS alone. Connections are kept per host for the next
call of the same credentials; each new one is judged again. No redirect is followed, no cookie kept, no proxy of the
environment used. One deadline covers resolving, connecting, writing and reading.
"""

import asyncio
import re
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

from sacbe_adapters import guard, tls
from sacbe_adapters.connection_pool import Pool
from sacbe_adapters.http_connection import Asking, Connection, ConnectionCut, ReplyNotHttp
from sacbe_adapters.spool import Body, BodyTooLarge, Spool
from sacbe_adapters.transport import HttpReply, Pairs, PassedReply
from sacbe_adapters.xml import DOCUMENT_BYTES_MAX
from sacbe_terms.credentials import AnyCredential
from sacbe_terms.errors import (
    AdapterError,
    AddressRefused,
    ArgumentsNotValid,
    DescriptionNotReadable,
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyNotReadable,
    ReplyTooLarge,
)

FETCH_SECONDS_MAX = 20.0
"""Longest wait for one description document."""

PoolKey = tuple[str, str, int, tuple[AnyCredential, ...]]
"""Whose connections are kept together: scheme, host, port, and the credentials that they served."""

Answer = TypeVar("Answer", HttpReply, PassedReply)

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


class HttpTransport:
    """Implements `transport.Transport`. Use one object per event loop."""

    def __init__(self, allowed_networks: Sequence[guard.IPNetwork], *, trust: ssl.SSLContext | None = None) -> None:
        """`trust` names the certificate authorities that servers are measured by; the system's when left out."""
        self._allowed = tuple(allowed_networks)
        self._contexts = tls.Contexts(trust)
        self._pools: dict[PoolKey, Pool] = {}
        self._lookups: dict[tuple[str, int], asyncio.Task[tuple[guard.IPAddress, ...]]] = {}

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
        credentials: tuple[AnyCredential, ...] = (),
    ) -> HttpReply:
        """Send one request; see `transport.Transport.send`.

        Raises also ReplyNotReadable, ArgumentsNotValid, SystemBusy.
        """
        pairs = [("accept-encoding", "gzip, deflate"), *headers.items()]
        asking = Asking(has_body=method != "HEAD", bytes_max=reply_bytes_max, deadline=deadline)

        def head_to(target: guard.Target) -> bytes:
            return _head(method, target, pairs, None if body is None else len(body), charset="ascii")

        def ask(connection: Connection, head: bytes) -> Awaitable[HttpReply]:
            return connection.ask(head + (body or b""), asking)

        return await self._exchanged(address, head_to, ask, asking, name=name, credentials=credentials)

    async def pass_on(
        self,
        method: str,
        address: str,
        *,
        headers: Pairs,
        body: Body | None,
        deadline: float,
        reply_bytes_max: int,
        name: str,
        spool: Spool,
        credentials: tuple[AnyCredential, ...] = (),
    ) -> PassedReply:
        """Send another's request; see `transport.Transport.pass_on`; raises what `send` does, and NoRoomForBody."""
        asking = Asking(has_body=method != "HEAD", bytes_max=reply_bytes_max, deadline=deadline, is_passed_on=True)

        def head_to(target: guard.Target) -> bytes:
            return _head(method, target, headers, None if body is None else body.size, charset="latin-1")

        def ask(connection: Connection, head: bytes) -> Awaitable[PassedReply]:
            return connection.pass_on(head, body, asking, spool.intake(reply_bytes_max))

        return await self._exchanged(address, head_to, ask, asking, name=name, credentials=credentials)

    async def _exchanged(
        self,
        address: str,
        head_to: Callable[[guard.Target], bytes],
        ask: Callable[[Connection, bytes], Awaitable[Answer]],
        asking: Asking,
        *,
        name: str,
        credentials: tuple[AnyCredential, ...],
    ) -> Answer:
        seconds = asking.deadline - time.monotonic()
        if seconds <= 0:
            raise LegacySystemSilent(name, waited_seconds=0)
        try:
            target = guard.examine(address)
            head = head_to(target)
            pool = self._pool((target.scheme, target.host, target.port, credentials))
            await pool.places.enter(name, asking.deadline)
            try:
                connection = pool.fresh() or await self._connect(target, self._allowed, asking.deadline, credentials)
                reply = await ask(connection, head)
                pool.keep(connection)
            finally:
                pool.leave()
            return reply
        except TimeoutError as error:
            raise LegacySystemSilent(name, waited_seconds=round(seconds, 1)) from error
        except AddressRefused as error:
            raise AddressRefused(
                what=f"The address set for {name} cannot be called.", where=name, hint=error.what
            ) from error
        except BodyTooLarge as error:
            raise ReplyTooLarge(name, limit_bytes=asking.bytes_max) from error
        except ReplyNotHttp as error:
            raise ReplyNotReadable(name, reason="it is not an HTTP reply") from error
        except (ConnectionCut, OSError) as error:
            raise LegacySystemUnreachable(name) from error

    async def fetch(self, location: str, *, found_in: str | None = None) -> bytes:
        """Give a document's bytes; see `transport.Transport.fetch`."""
        if _ADDRESS.match(location) and not location.lower().startswith("file:"):
            return await self._fetch_address(location, is_given=found_in is None)
        path = _path(location)
        if found_in is not None:
            _refuse_outside(path, location, found_in)
        return await asyncio.to_thread(_read, path, location)

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Give the judged addresses of a system that speaks no HTTP; see `transport.Transport.addresses`."""
        target = guard.examine(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
        answers = await self._resolved(target)
        guard.judge(target, answers, self._allowed)
        return tuple(str(answer) for answer in sorted(answers, key=lambda found: found.version))

    async def close(self) -> None:
        """Close every pooled connection."""
        for pool in self._pools.values():
            pool.close()
        self._pools.clear()

    def _pool(self, key: PoolKey) -> Pool:
        if key not in self._pools:
            self._pools[key] = Pool(on_empty=partial(self._pools.pop, key, None))
        return self._pools[key]

    async def _resolved(self, target: guard.Target) -> tuple[guard.IPAddress, ...]:
        """Resolve a name once for all who ask at the same time: a look-up that hangs takes one thread, not all."""
        key = (target.host, target.port)
        if key not in self._lookups:
            self._lookups[key] = asyncio.ensure_future(guard.resolve(target))
            self._lookups[key].add_done_callback(partial(self._looked_up, key))
        return await asyncio.shield(self._lookups[key])

    def _looked_up(self, key: tuple[str, int], lookup: "asyncio.Task[tuple[guard.IPAddress, ...]]") -> None:
        del self._lookups[key]
        if not lookup.cancelled():
            lookup.exception()  # looked at, though all who asked may be gone

    async def _connect(
        self,
        target: guard.Target,
        allowed: Sequence[guard.IPNetwork],
        deadline: float,
        credentials: tuple[AnyCredential, ...] = (),
    ) -> Connection:
        async with asyncio.timeout(deadline - time.monotonic()):
            answers = await self._resolved(target)
            guard.judge(target, answers, allowed)
            failure: OSError | None = None
            for answer in sorted(answers, key=lambda found: found.version):
                try:
                    return await self._connect_to(target, str(answer), credentials)
                except OSError as error:
                    failure = error
            raise failure or OSError("no answer")

    async def _connect_to(
        self, target: guard.Target, answer: str, credentials: tuple[AnyCredential, ...]
    ) -> Connection:
        loop = asyncio.get_running_loop()
        if target.scheme == "http":
            return (await loop.create_connection(Connection, answer, target.port))[1]
        context = await self._contexts.of(credentials)
        made = await loop.create_connection(Connection, answer, target.port, ssl=context, server_hostname=target.host)
        return made[1]

    async def _fetch_address(self, location: str, *, is_given: bool) -> bytes:
        try:
            reply = await self._get(location, self._allowed if is_given else ())
        except AddressRefused as error:
            raise AddressRefused(what=error.what, where=location, hint=error.hint) from error
        except TimeoutError as error:
            raise _not_fetched(location, f"it did not answer within {FETCH_SECONDS_MAX:g} s") from error
        except BodyTooLarge as error:
            raise _not_fetched(location, f"it is larger than {DOCUMENT_BYTES_MAX} bytes") from error
        except (ReplyNotHttp, ConnectionCut, OSError) as error:
            raise _not_fetched(location, "it cannot be reached") from error
        if 300 <= reply.status < 400:
            raise _not_fetched(location, "it leads on to another address", "Give the final address.")
        if reply.status != 200:
            raise _not_fetched(location, f"it answered with the status {reply.status}")
        return reply.body

    async def _get(self, location: str, allowed: Sequence[guard.IPNetwork]) -> HttpReply:
        """Fetch on a connection of its own: one that a call may use was judged by other rules."""
        target = guard.examine(location)
        headers = [("accept-encoding", "gzip, deflate"), ("accept", "*/*"), ("connection", "close")]
        asking = Asking(has_body=True, bytes_max=DOCUMENT_BYTES_MAX, deadline=time.monotonic() + FETCH_SECONDS_MAX)
        connection = await self._connect(target, allowed, asking.deadline)
        return await connection.ask(_head("GET", target, headers, None, charset="ascii"), asking)


def _head(method: str, target: guard.Target, headers: Pairs, body_bytes: int | None, *, charset: str) -> bytes:
    """Write a request's head; values of our own are ASCII, another's are bytes that latin-1 keeps apart."""
    lines = "".join([f"{name}: {value}\r\n" for name, value in headers])
    length = "" if body_bytes is None else f"content-length: {body_bytes}\r\n"
    if lines.count("\n") != len(headers) or lines.count("\r") != len(headers) or "\0" in lines:
        raise _odd_header()
    text = f"{method} {target.path} HTTP/1.1\r\nhost: {target.host_header}\r\n{lines}{length}\r\n"
    try:
        return text.encode(charset)
    except UnicodeEncodeError as error:
        raise _odd_header() from error


def _odd_header() -> ArgumentsNotValid:
    return ArgumentsNotValid(
        what="A value that travels in a header holds characters that no header can carry.",
        where="headers",
        hint="Leave out line breaks and letters outside ASCII.",
    )


def _path(location: str) -> Path:
    if location.lower().startswith("file:"):
        return Path(url2pathname(urlsplit(location).path))
    return Path(location)


def _refuse_outside(path: Path, location: str, found_in: str) -> None:
    """A file named inside a document lies below that document's folder, links followed."""
    is_from_file = not _ADDRESS.match(found_in) or found_in.lower().startswith("file:")
    if not is_from_file or not path.resolve().is_relative_to(_path(found_in).resolve().parent):
        raise AddressRefused(
            what=f"'{location}' lies outside the folder of the document that names it.",
            where=found_in,
            hint="Put the file beside the document.",
        )


def _read(path: Path, location: str) -> bytes:
    try:
        if not path.is_file():
            raise _not_fetched(location, "there is no such file")
        if path.stat().st_size > DOCUMENT_BYTES_MAX:
            raise _not_fetched(location, f"it is larger than {DOCUMENT_BYTES_MAX} bytes")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise _not_fetched(location, "it cannot be read from the disk") from error


def _not_fetched(location: str, reason: str, hint: str = "Check the location.") -> AdapterError:
    return DescriptionNotReadable(what=f"{location} was not read: {reason}.", where=location, hint=hint)
