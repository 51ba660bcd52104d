"""What a node shows to a ministry's system: credentials, and which ones a description asks for.

They belong to the registration and are kept encrypted; only an adapter, while it writes a
request, sees them in clear. Nothing prints them: `repr` and rich's pretty printer name the kind alone.
"""

from typing import Any

import msgspec


class Credential(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """One way to show who calls; an endpoint may need several."""

    def __repr__(self) -> str:
        """Name the kind, never the secret."""
        return f"<{type(self).__name__}>"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """Say nothing of the fields; msgspec's own would give them to rich."""
        return []

    @property
    def kind(self) -> str:
        """Give the kind by the word that it is stored under."""
        return str(type(self).__struct_config__.tag)


class Basic(Credential, frozen=True, kw_only=True, tag="basic"):
    """User and password in each request (RFC 7617)."""

    user: str
    password: str


class Digest(Credential, frozen=True, kw_only=True, tag="digest"):
    """User and password as an answer to the system's challenge (RFC 7616)."""

    user: str
    password: str


class Bearer(Credential, frozen=True, kw_only=True, tag="bearer"):
    """A token that the system's owner gave (RFC 6750)."""

    token: str


class OAuthClient(Credential, frozen=True, kw_only=True, tag="oauth-client"):
    """OAuth 2.0 client credentials (RFC 6749, section 4.4): a token is fetched, kept and renewed.

    The secret goes in an Authorization header, or in the form where `sends_secret_in_body` (section 2.3.1).
    """

    token_address: str
    client_id: str
    client_secret: str
    scope: str = ""
    audience: str = ""
    sends_secret_in_body: bool = False


class ApiKey(Credential, frozen=True, kw_only=True, tag="api-key"):
    """A key in a header, a query parameter or a cookie; `place` is one of these three words."""

    place: str
    name: str
    value: str


class ClientCertificate(Credential, frozen=True, kw_only=True, tag="client-certificate"):
    """A certificate chain (PEM) and its key (PEM) for mutual TLS."""

    certificate: str
    private_key: str


class UsernameToken(Credential, frozen=True, kw_only=True, tag="username-token"):
    """WS-Security UsernameToken Profile 1.1.1, as text or as digest with nonce and time.

    `has_timestamp` adds a Timestamp beside it: some systems demand one, some refuse it.
    """

    user: str
    password: str
    is_digest: bool = True
    has_timestamp: bool = False


class MessageSignature(Credential, frozen=True, kw_only=True, tag="message-signature"):
    """WS-Security X.509 signature over Body and Timestamp, and the certificate that must have signed the reply.

    `certificate` and `private_key` are ours (PEM); `peer_certificate` is the system's (PEM), empty
    where replies are not signed.
    """

    certificate: str
    private_key: str
    peer_certificate: str = ""


class Locked(Credential, frozen=True, kw_only=True, tag="locked"):
    """Stands for a credential that this node cannot decrypt: a call that needs it is refused, not made without."""


AnyCredential = (
    Basic | Digest | Bearer | OAuthClient | ApiKey | ClientCertificate | UsernameToken | MessageSignature | Locked
)
"""Every kind, tagged by `kind`."""


class CredentialNeed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A credential that a description asks for: what a steward will be asked to give.

    `kind` is a tag of the classes above; `place` and `name` are an API key's, `token_address` and
    `scope` those of OAuth 2.0.
    """

    name: str
    kind: str
    place: str = ""
    wire_name: str = ""
    token_address: str = ""
    scope: str = ""
    documentation: str = ""
