"""The one way out of the house: HTTP to ministries, guarded, with a deadline and a byte limit.

Two methods: `fetch` for description documents, `send` for calls. Every address is checked
before each connection (see `guard.py`), redirects are never followed, nothing is read past the
limit, and the deadline covers everything from resolving the name to the last byte.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sacbe_adapters.spool import Body, Spool
from sacbe_terms.credentials import AnyCredential

Pairs = Sequence[tuple[str, str]]
"""Headers one by one, names in lower case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """Status, headers (names in lower case) and the whole body, undecoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedReply:
    """The reply to a request that was passed on: headers one by one as they came, body as it came."""

    status: int
    pairs: Pairs
    body: Body

    def header(self, name: str) -> str:
        """Give a header's values, joined; empty where it is missing (RFC 9110, section 5.2)."""
        return ", ".join(value for key, value in self.pairs if key == name)


class Transport(Protocol):
    """What adapters are given; `transport_http` is the real one."""

    async def fetch(self, location: str, *, found_in: str | None = None) -> bytes:
        """Give the bytes of a document: a file path, or an address.

        `found_in` names the document in which the location was found; such a location
        may never lead into the allowed private networks, nor to a file outside the folder of
        the document that an operator gave. Raises AddressRefused, DescriptionNotReadable.
        """
        ...

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
        """Send one request and give the whole answer, whatever its status.

        `name` is the operation's printed identifier, used in messages in place of the address.
        `credentials` are whose connection it is: one that served these serves no others, and a
        client certificate among them is shown in the TLS handshake. Nothing else of them is sent here.
        Raises AddressRefused, LegacySystemSilent, LegacySystemUnreachable, ReplyTooLarge.
        """
        ...

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
        """Send another's request as it is, and give the reply as it came, not unpacked.

        Both bodies go piece by piece, so that memory is the same whatever their size. Host and length alone
        are written here. Otherwise as `send`; raises NoRoomForBody too.
        """
        ...

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Give where an adapter that speaks no HTTP may connect to, judged at this moment: connect to no name.

        Every answer lies in a network that the operator allowed, as with plain http.
        Raises AddressRefused, OSError.
        """
        ...

    async def close(self) -> None:
        """Close every pooled connection."""
        ...
