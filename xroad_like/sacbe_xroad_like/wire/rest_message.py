"""X-Road's REST message protocol (PR-REST 1.0): a request as the bus takes it, a reply as it gives it.

    {METHOD} /r1/{instance}/{class}/{member}/{subsystem}/{serviceCode}[/path][?query]
    X-Road-Client: {instance}/{class}/{member}[/{subsystem}]

Path, query and body go on byte for byte. The canonical head, which is signed, logged and hashed,
is written here and nowhere else:

    request:  METHOD CRLF rawpath[?rawquery] CRLF (name:value CRLF)*
    reply:    status CRLF reason CRLF (name:value CRLF)*
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha512
from http import HTTPStatus
from urllib.parse import unquote
from uuid import uuid4

from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId
from sacbe_xroad_like.wire.error_body import Headers
from sacbe_xroad_like.wire.fault import Origin, XRoadFault

METHODS = frozenset({"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE"})
"""Methods that go on to a provider."""

OF_THE_CONNECTION = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
        "transfer-encoding", "upgrade", "host", "user-agent", "server", "content-length", "expect",
    }
)  # fmt: skip
"""Headers that belong to one connection or one server, and are never sent on (PR-REST 4.3)."""

OURS = ("x-road-", "sacbe-")
"""How headers of the bus begin; each stands once in a head, the last one sent."""

HEADER_CHARACTERS_MAX = 255
"""X-Road stores message ids, user ids and issues in 255 characters."""

_VERSIONED = re.compile(r"/r(\d)/")
_SERVICE_PARTS = 5
_OURS = frozenset({"date", "x-road-id", "x-road-client", "x-road-service", "x-road-request-id", "x-road-request-hash"})
_REPLACED = frozenset({"x-road-request-id", "x-road-request-hash"})
_BOUNDED = ("x-road-id", "x-road-userid", "x-road-issue")


@dataclass(frozen=True, slots=True, kw_only=True)
class RestRequest:
    """A request of the REST protocol. `path` and `query` are as they came; `headers` are those that go on."""

    method: str
    target: str
    service: DataServiceId
    path: str
    query: str
    client: SubsystemId
    message_id: str
    request_id: str
    user_id: str
    issue: str
    purpose: str
    headers: Headers

    @property
    def head(self) -> bytes:
        """The canonical head."""
        return _head(self.method, self.target, self.headers)


def is_rest(path: str) -> bool:
    """Say whether a path is of this protocol, in whatever version."""
    return _VERSIONED.match(path) is not None


def read(method: str, target: str, headers: Headers, *, instance: str, request_id: str) -> RestRequest:
    """Read a request's line and headers; `target` is the raw path and query.

    Raises XRoadFault of the client's: BadRequest for a path that names no service or a method that is
    none, InvalidClientIdentifier without a usable X-Road-Client.
    """
    path, _, query = target.partition("?")
    if method not in METHODS:
        raise _bad(f"Invalid request method: {method}")
    service, service_path = service_of(path)
    last = {name: value for name, value in headers if name.startswith(OURS)}
    _refuse_long(last)
    sent_on = [(name, value) for name, value in headers if _goes_on(name) and last.get(name, value) is value]
    message_id = last.get("x-road-id", "")
    made = [("x-road-request-id", request_id)]
    if not message_id:
        message_id = f"{instance}-{uuid4()}"
        made.append(("x-road-id", message_id))
    return RestRequest(
        method=method,
        target=target,
        service=service,
        path=service_path,
        query=query,
        client=_client(last.get("x-road-client")),
        message_id=message_id,
        request_id=request_id,
        user_id=last.get("x-road-userid", ""),
        issue=last.get("x-road-issue", ""),
        purpose=last.get("sacbe-purpose", ""),
        headers=(*sent_on, *made),
    )


def _goes_on(name: str) -> bool:
    return name not in OF_THE_CONNECTION and name not in _REPLACED


def service_of(path: str) -> tuple[DataServiceId, str]:
    """Give the service that a raw path names, and the raw path behind it; raises XRoadFault BadRequest."""
    version = _VERSIONED.match(path)
    if version is None:
        raise _bad("Invalid request URI")
    if version[1] != "1":
        raise _bad(f"Unsupported protocol version: r{version[1]}")
    parts = path[version.end() :].split("/", _SERVICE_PARTS)
    try:
        service = DataServiceId.parse("/".join(parts[:_SERVICE_PARTS]))
    except IdentifierNotValid as error:
        raise _bad("Invalid request URI: a service has five parts, each encoded on its own") from error
    if not service.subsystem.subsystem_code:
        raise _bad("A REST service belongs to a subsystem")
    return service, f"/{parts[_SERVICE_PARTS]}" if len(parts) > _SERVICE_PARTS else ""


def _client(text: str | None) -> SubsystemId:
    parts = [unquote(part) for part in (text or "").strip().split("/")]
    if len(parts) not in (3, 4) or not all(parts):
        message = "Missing header X-Road-Client" if not text else "X-Road-Client must have three or four parts"
        raise XRoadFault(Origin.CLIENT, "InvalidClientIdentifier", message)
    return SubsystemId(MemberId(*parts[:3]), parts[3] if len(parts) > 3 else "")


def _refuse_long(given: dict[str, str]) -> None:
    for name in _BOUNDED:
        if len(given.get(name, "")) > HEADER_CHARACTERS_MAX:
            raise _bad(f"{name} is longer than {HEADER_CHARACTERS_MAX} characters")


def _bad(message: str) -> XRoadFault:
    return XRoadFault(Origin.CLIENT, "BadRequest", message)


def provider_address(base: str, request: RestRequest) -> str:
    """Give the address at the provider: its base, the path as it came, the query as it came."""
    path = request.path
    joined = base.rstrip("/") + path if path else base
    return f"{joined}?{request.query}" if request.query else joined


@dataclass(frozen=True, slots=True, kw_only=True)
class RestReply:
    """A reply as the consumer gets it."""

    status: int
    headers: Headers

    @property
    def head(self) -> bytes:
        """The canonical head."""
        return _head(str(self.status), _reason(self.status), self.headers)


def reply(request: RestRequest, status: int, headers: Iterable[tuple[str, str]], *, hashed: str) -> RestReply:
    """Write the reply to a request; `headers` are the provider's, `hashed` is the request's hash.

    The node's own server writes the one `Date`.
    """
    kept = [each for each in headers if each[0] not in OF_THE_CONNECTION | _OURS]
    ours = [
        ("x-road-id", request.message_id),
        ("x-road-client", str(request.client)),
        ("x-road-service", str(request.service)),
        ("x-road-request-id", request.request_id),
        ("x-road-request-hash", hashed),
    ]
    return RestReply(status=status, headers=(*kept, *ours))


def request_hash(head: bytes, body_sha512: bytes | None) -> str:
    """Give X-Road-Request-Hash: base64 of SHA-512 over the digests of head and body; of the head alone without body."""
    digest = sha512(head).digest()
    return b64encode(digest if body_sha512 is None else sha512(digest + body_sha512).digest()).decode()


def _head(first: str, second: str, headers: Headers) -> bytes:
    lines = [first, second, *(f"{name}:{value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n").encode()


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
