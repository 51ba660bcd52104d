"""Whether a token is in the hands of whoever it was given to: looked at for each request."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import SignatureNotValid
from sacbe_xroad_like import tokens
from sacbe_xroad_like.client_key import ClientKey
from sacbe_xroad_like.client_statuses import ClientStatuses
from sacbe_xroad_like.connection_types import Connection
from sacbe_xroad_like.oauth import dpop, used_once
from sacbe_xroad_like.tokens import Binding, TokenOwner


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a request shows beside a token: the scheme of its Authorization, its DPoP proof, its connection."""

    scheme: str = "bearer"
    """In small letters."""
    proof: str = ""
    method: str = "POST"
    path: str = "/graphql"
    connection: Connection = field(default_factory=Connection)
    is_proven: bool = False
    """The proof was taken when this connection was opened, and is not asked for again (a proof is good once)."""

    @classmethod
    def of_scope(cls, scope: Mapping[str, Any], scheme: str) -> "Shown":
        """Read it from a request's ASGI scope."""
        return cls(
            scheme=scheme,
            proof=dpop.proof_in(scope),
            method=scope["method"],
            path=scope["path"],
            connection=Connection.of_scope(scope),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCheck:
    """Checks tokens of one node; `origins` are its own addresses.

    Tokens that are bound to nothing are taken in development alone.
    """

    engine: AsyncEngine
    origins: Collection[str]
    takes_unbound: bool
    client_statuses: ClientStatuses

    def refuse_revoked(self, owner: TokenOwner, keys: Iterable[ClientKey], shown: Shown, at: datetime) -> None:
        """Raise CertificateNotInForce for a token that hangs on a certificate which its authority does not vouch for.

        That is the one that the client's key came in, and the one that the token is bound to.
        """
        hangs_on = {key.certificate for key in keys if key.id == owner.client_key}
        if owner.binding.certificate_sha256:
            hangs_on.add(shown.connection.certificate)
        for certificate in hangs_on:
            self.client_statuses.check(certificate, at)

    async def refuse_stolen(self, token: str, binding: Binding, shown: Shown, at: datetime) -> None:
        """Raise NotAuthenticated unless the request proves that it may use the token, which is bound so."""
        if binding.dpop_key and shown.is_proven:
            return
        if binding.dpop_key:
            await self._refuse_unproven(token, binding.dpop_key, shown, at)
        elif shown.scheme != "bearer":
            raise tokens.not_authenticated("is not bound to a DPoP key")
        elif binding.certificate_sha256:
            certificate = shown.connection.certificate
            if certificate is None or sha256(certificate).digest() != binding.certificate_sha256:
                raise tokens.not_authenticated("is bound to a TLS certificate that this connection does not show")
        elif not self.takes_unbound:
            raise tokens.not_authenticated("is bound to no key, which is for development only")

    async def _refuse_unproven(self, token: str, key: str, shown: Shown, at: datetime) -> None:
        if shown.scheme != "dpop" or not shown.proof:
            raise tokens.not_authenticated("is bound to a key: send `Authorization: DPoP` and a DPoP proof with it")
        try:
            proof = dpop.check(
                shown.proof, method=shown.method, path=shown.path, origins=self.origins, at=at, token=token
            )
            if proof.key != key:
                raise tokens.not_authenticated("is bound to another key than the DPoP proof's")
            await used_once.use(self.engine, "proof", proof.key, proof.jti, until=proof.until)
        except SignatureNotValid as error:
            raise tokens.not_authenticated(f"came with a DPoP proof that does not hold: {error.where}") from error
