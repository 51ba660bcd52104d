"""A key by which a client of the bus is known, alone or in a certificate."""

from dataclasses import dataclass
from datetime import datetime

from sacbe_terms.identifiers import SubsystemId


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientKey:
    """A registered key: `name` is its thumbprint (RFC 7638), `public_key` its SubjectPublicKeyInfo (DER).

    One that came in a certificate (DER) holds as long as that does.
    """

    id: int
    client: SubsystemId
    name: str
    public_key: bytes
    certificate: bytes | None
    begins: datetime | None
    ends: datetime | None
    added_at: datetime

    @property
    def owner(self) -> str:
        """Whose it is, as a token request names it."""
        return str(self.client)

    def holds(self, at: datetime) -> bool:
        """Say whether it holds at a time."""
        return (self.begins is None or self.begins <= at) and (self.ends is None or at <= self.ends)
