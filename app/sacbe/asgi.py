"""The applications of a node, one per listener, behind one door that goes by the listener's name."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import structlog
from litestar import Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, NotFoundException
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from sacbe import open_data_routes, operations, token_route
from sacbe.house import House
from sacbe.listeners import MEMBERS, MEMBERS_TLS, OPERATIONS, PUBLIC
from sacbe.open_data import OpenData
from sacbe.twins import twin_of
from sacbe_graphql import http as graphql_http
from sacbe_graphql import peer
from sacbe_graphql.door import GraphQLDoor
from sacbe_portal import choice_routes
from sacbe_portal import routes as portal_routes
from sacbe_portal.portal import Portal, Unanswered
from sacbe_terms.errors import UnexpectedFailure
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.members_listener import MembersListener
from sacbe_xroad_like.oauth.addresses import TOKEN_PATH
from sacbe_xroad_like.wire.fault import CodeStyle

SECURITY_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
]
"""On every answer of the public and members' listeners."""

DOORS = frozenset({graphql_http.PATH, TOKEN_PATH})
"""The paths of the members' listener that are not X-Road's."""

_log = structlog.get_logger("sacbe.asgi")


def application(house: House, door: GraphQLDoor) -> ASGIApp:
    """Give the one ASGI application of a process."""
    house.bus.records.on_record(operations.count_exchange)
    house.post.on_settled(operations.count_letter)
    operations.count_streams(door.open)
    portal = Portal(house.reader, _supplied_by(house), _unanswered(house))
    base_path = "/" + house.settings.base_iri.split("/", 3)[3]
    public = [
        *portal_routes.routes(portal, twin_of(house), base_path=base_path, address_of=_address_of(house)),
        *choice_routes.routes(portal, house.recipients),
        *open_data_routes.routes(OpenData(house, house.address), portal, base_path=base_path),
        *graphql_http.routes(door),
        *graphql_http.explorer_routes(door),
        *token_route.routes(house.bus.token_endpoint),
    ]
    doors = [*graphql_http.routes(door), *token_route.routes(house.bus.token_endpoint)]
    members = _members(house, _litestar(doors, portal))
    applications = {
        PUBLIC: _guarded(PUBLIC, _litestar(public, portal)),
        MEMBERS: _guarded(MEMBERS, members),
        MEMBERS_TLS: _guarded(MEMBERS_TLS, members),
        OPERATIONS: _litestar(operations.routes(house), portal),
    }

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.WEBSOCKET and scope["path"] != graphql_http.PATH:
            return await send({"type": "websocket.close", "code": 1000, "reason": None})  # the handshake gets 403
        return await applications[scope["extensions"]["sacbe"]["listener"]](scope, receive, send)  # type: ignore[index]

    return dispatch


def _supplied_by(house: House) -> Callable[[str], list[str]]:
    def supplied_by(evidence: str) -> list[str]:
        return sorted({each.provider_title for each in house.bus.registry.supplying(evidence)})

    return supplied_by


def _unanswered(house: House) -> Unanswered:
    async def unanswered(query: str, language: str, address: str) -> None:
        await house.demand.note(query, language=language, address=address, today=datetime.now(UTC).date())

    return unanswered


def _address_of(house: House) -> portal_routes.AddressOf:
    def address_of(request: Request[Any, Any, Any]) -> str:
        return peer.address(request.scope, request.headers, house.settings.trusted_proxies)

    return address_of


def _members(house: House, doors: ASGIApp) -> ASGIApp:
    """Give the members' application: two doors are the same as elsewhere, all else is X-Road's wire."""
    listener = MembersListener(
        house.bus,
        instance=house.settings.instance,
        style=CodeStyle(house.settings.xroad_codes),
        unchosen=ConnectionType.PLAIN if house.is_development else ConnectionType.MUTUAL_TLS,
    )

    async def members(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and scope["path"] not in DOORS:
            await listener(scope, receive, send)  # type: ignore[arg-type]  # ASGI's dicts, by another name
        else:
            await doors(scope, receive, send)

    return members


def _litestar(handlers: Sequence[BaseRouteHandler], portal: Portal) -> ASGIApp:
    def not_found(request: Request[Any, Any, Any], _: NotFoundException) -> Response[str]:
        return portal_routes.missing(portal, request.url.path)

    return Litestar(
        handlers,
        openapi_config=None,
        logging_config=None,
        exception_handlers={NotFoundException: not_found, HTTPException: _refused, Exception: _unexpected},
    )


def _refused(_: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    """Answer what the framework refuses (method, malformed path) in one plain line."""
    return Response(f"{error.detail}\n", status_code=error.status_code, media_type="text/plain", headers=error.headers)


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """Show a reference instead of a stack; the log has both."""
    failure = UnexpectedFailure(reference=f"{time.time_ns():x}")
    _log.error("unexpected", reference=failure.where, route=request.scope.get("path_template"), exc_info=error)
    return Response(f"{failure}\n{failure.hint}\n", status_code=failure.status, media_type="text/plain")


def _guarded(listener: str, inner: ASGIApp) -> ASGIApp:
    """Add the security headers, and count."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        started, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                status = message["status"]
                message["headers"] = [*message["headers"], *SECURITY_HEADERS]
            elif message["type"] == "websocket.accept":
                status = HTTPStatus.SWITCHING_PROTOCOLS
            await send(message)

        await inner(scope, receive, sending)
        operations.REQUESTS.labels(listener, int(status)).inc()
        if scope["type"] == ScopeType.WEBSOCKET:
            return  # it lasts as long as the client likes
        operations.SECONDS.labels(listener).observe(time.perf_counter() - started)

    return guarded
