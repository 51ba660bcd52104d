"""Gives a client, or a user, a token for a signed assertion (RFC 6749, section 4.4; RFC 7523).

The token is good only in the hands of whoever asked: of the key whose DPoP proof came with the request
(RFC 9449), else of the client's registered certificate that the TLS connection shows (RFC 8705).
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from urllib.parse import parse_qsl

import msgspec
import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import CertificateNotInForce, EmailNotValid, SignatureNotValid
from sacbe_xroad_like import tokens
from sacbe_xroad_like.administration import user_tokens, users
from sacbe_xroad_like.administration.users import UserKey
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.client_statuses import ClientStatuses
from sacbe_xroad_like.connection_types import Connection
from sacbe_xroad_like.oauth import client_assertion, dpop, used_once
from sacbe_xroad_like.oauth.addresses import TOKEN_PATH
from sacbe_xroad_like.oauth.client_assertion import Asserted
from sacbe_xroad_like.oauth.refusal import TokenRefused, invalid_client, invalid_request
from sacbe_xroad_like.registry import Registry
from sacbe_xroad_like.tokens import Binding
from sacbe_xroad_like.wire.error_body import WireAnswer

LIFE = timedelta(minutes=10)
"""How long a token holds."""

FIELDS_MAX = 20
"""Most fields of a request's form."""

FORM = "application/x-www-form-urlencoded"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A request for a token, as HTTP brings it."""

    method: str
    content_type: str
    body: bytes
    proof: str
    """The DPoP header; empty without one."""
    connection: Connection


class TokenEndpoint:
    """Answers requests for tokens in one process; `origins` are the node's own addresses."""

    def __init__(
        self,
        engine: AsyncEngine,
        registry: Callable[[], Registry],
        origins: Collection[str],
        client_statuses: ClientStatuses,
    ) -> None:
        self._engine = engine
        self._registry = registry
        self._origins = origins
        self._client_statuses = client_statuses

    async def answer(self, request: TokenRequest) -> WireAnswer:
        """Answer with a token, or with the standard's error."""
        try:
            return _told(200, await self._given(request))
        except TokenRefused as refused:
            _log.info("a token was refused", error=refused.error, reason=refused.description)
            return _told(refused.status, {"error": refused.error, "error_description": refused.description})

    async def _given(self, request: TokenRequest) -> dict[str, object]:
        at = datetime.now(UTC)
        form = _form(request)
        asserted = await self._asserted(form, at)
        if isinstance(asserted.key, ClientKey):
            self._refuse_revoked(asserted.key.certificate, at)
        binding = await self._bound(request, asserted.key, at)
        await used_once.sweep(self._engine)
        token = await self._token(asserted.key, binding)
        return {
            "access_token": token,
            "token_type": "DPoP" if binding.dpop_key else "Bearer",
            "expires_in": int(LIFE.total_seconds()),
        }

    async def _token(self, key: ClientKey | UserKey, binding: Binding) -> str:
        try:
            if isinstance(key, UserKey):
                return await user_tokens.give(self._engine, key, binding, life=LIFE)
            return await tokens.give(self._engine, key, binding, life=LIFE)
        except IntegrityError as error:
            raise invalid_client("The key that made the assertion was removed at this moment.") from error

    async def _asserted(self, form: Mapping[str, str], at: datetime) -> Asserted:
        try:
            text, keys = form["client_assertion"], self._registry().client_keys
            user_keys = await self._user_keys(client_assertion.issuer(text))
            asserted = client_assertion.check(text, keys, self._origins, at, user_keys=user_keys)
            if form.get("client_id", asserted.issuer) != asserted.issuer:
                raise invalid_client("The client_id is not the issuer of the assertion.")
            await used_once.use(self._engine, "assertion", asserted.key.owner, asserted.jti, until=asserted.until)
        except SignatureNotValid as error:
            raise invalid_client(f"The assertion does not hold: {error.where}.") from error
        return asserted

    async def _user_keys(self, issuer: str) -> tuple[UserKey, ...]:
        """Give the keys of an issuer who is a user: no client's name or key's holds an at sign."""
        try:
            return await users.keys(self._engine, users.email_of(issuer))
        except EmailNotValid:
            return ()

    async def _bound(self, request: TokenRequest, key: ClientKey | UserKey, at: datetime) -> Binding:
        if request.proof:
            return Binding(dpop_key=await self._proven(request.proof, at))
        if isinstance(key, UserKey):
            raise invalid_request("Send a DPoP proof: a person's token is bound to a key, not to a connection.")
        certificate = request.connection.certificate
        if certificate is None:
            raise invalid_request("Send a DPoP proof, or connect with TLS and your registered certificate.")
        held = self._registry().client_keys.get(key.client, ())
        if not any(each.certificate == certificate and each.holds(at) for each in held):
            raise invalid_client("The TLS certificate is not registered for this client, or does not hold now.")
        self._refuse_revoked(certificate, at)
        return Binding(certificate_sha256=sha256(certificate).digest())

    def _refuse_revoked(self, certificate: bytes | None, at: datetime) -> None:
        try:
            self._client_statuses.check(certificate, at)
        except CertificateNotInForce as error:
            raise invalid_client(error.what) from error

    async def _proven(self, proof: str, at: datetime) -> str:
        try:
            checked = dpop.check(proof, method="POST", path=TOKEN_PATH, origins=self._origins, at=at)
            await used_once.use(self._engine, "proof", checked.key, checked.jti, until=checked.until)
        except SignatureNotValid as error:
            raise TokenRefused("invalid_dpop_proof", f"The DPoP proof does not hold: {error.where}.") from error
        return checked.key


def _form(request: TokenRequest) -> dict[str, str]:
    """Read the form of a request for client credentials; raises TokenRefused."""
    if request.method != "POST":
        raise invalid_request("Tokens are asked for by POST.")
    if request.content_type.partition(";")[0].strip().lower() != FORM:
        raise invalid_request(f"The body must be {FORM}.")
    try:
        pairs = parse_qsl(
            request.body.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict"
        )
    except ValueError as error:
        raise invalid_request("The body is not a form.") from error
    form = dict(pairs)
    if len(form) != len(pairs):
        raise invalid_request("A field stands twice.")
    _check_fields(form)
    return form


def _check_fields(form: Mapping[str, str]) -> None:
    if form.get("grant_type") != "client_credentials":
        raise TokenRefused("unsupported_grant_type", "The grant_type must be client_credentials.")
    if form.get("scope"):
        raise TokenRefused("invalid_scope", "There are no scopes: what a client may is decided by its access rights.")
    if form.get("client_assertion_type") != client_assertion.TYPE or not form.get("client_assertion"):
        raise invalid_client(f"Send client_assertion, and client_assertion_type {client_assertion.TYPE}.")


def _told(status: int, content: Mapping[str, object]) -> WireAnswer:
    headers = (("content-type", "application/json"), ("cache-control", "no-store"))
    return WireAnswer(status, headers, msgspec.json.encode(content))
